/**
 * What was never meant to be sent, to a plant in which an engineer works: odd and damaged frames, packets, handshakes and
 * requests. `FUZZ` is how many, `FUZZ_SEED` repeats a run, and `FUZZ_ROUND` a single round of it.
 */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ANSWER_WITHIN_MS } from '../../lib/api/deadline.ts';
import { openBystanders, type Bystanders } from '../fuzz/bystanders.ts';
import { holdings, leftovers, watch } from '../fuzz/leftovers.ts';
import type { Talk } from '../fuzz/make-talk.ts';
import { narrow } from '../fuzz/narrow.ts';
import { openPlant, type FuzzPlant } from '../fuzz/plant.ts';
import { fillHalfOpen, fillShares } from '../fuzz/room.ts';
import { haveRound, makeRound, PER_ROUND } from '../fuzz/rounds.ts';

/** `npm run test:long` sets a million. */
const COUNT = Number(process.env['FUZZ'] ?? 100_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_206);
const ONLY = process.env['FUZZ_ROUND'];
const FIRST = Number(ONLY ?? 0);
const END = ONLY === undefined ? Math.ceil(COUNT / PER_ROUND) : FIRST + 1;
/** After every so many rounds the engineer does something. */
const WORK_EACH = 4;
/** After so many rounds everything has been used once, and what is held from then on should stay as it is. */
const WARM = 20;
const MAX_GROWTH = 64e6;
/** What is met by so many inputs. */
const ENOUGH = 50_000;
const MET = `done, unchanged, duplicate, expired, invalid, forbidden, locked, an event,
  refused forbidden, refused unauthenticated, refused forbidden over HTTP`.split(/,\s+/);
/** For what only goes wrong once more where a round is had again, in parts. */
const NARROW_WITHIN_MS = 8000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe(`${COUNT} inputs of a fuzzer (FUZZ_SEED=${SEED})`, function () {
  this.timeout(900_000);
  let plant: FuzzPlant;
  let bystanders: Bystanders;
  let held: Record<string, number>;

  before(async () => {
    // Mocha's own timer is there from the first wait on.
    await turn();
    held = holdings();
    plant = await openPlant();
    bystanders = await openBystanders(plant);
  });

  it('crash nothing, end no one else’s session, leave none behind, and move nothing that is not theirs', async () => {
    const unwatch = watch((fault) => plant.faults.push(fault));
    // Most of what is refused is refused by an error, whose stack nobody reads and which takes as long as all the rest.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    let inputs = 0;
    let warm = Infinity;
    try {
      for (let round = FIRST; round < END; round++) {
        const talks = makeRound(SEED, round);
        const faults = await haveRound(talks, plant, bystanders.count);
        if (round % WORK_EACH === 0 || round === END - 1)
          await bystanders.work().catch((error: unknown) => faults.push(`beside: ${String(error)}`));
        if (faults.length > 0) assert.fail(await tellOf(round, talks, faults, plant.faults));
        inputs += talks.reduce((sum, talk) => sum + talk.inputs.length, 0);
        if (round === FIRST + WARM) warm = memory();
      }
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      unwatch();
    }
    if (ONLY === undefined) assert.ok(inputs >= COUNT);
    if (inputs >= ENOUGH) {
      const missed = MET.filter((code) => !plant.codes.has(code));
      assert.deepEqual(missed, [], 'a run that never meets one of these proves nothing of it');
    }
    assert.deepEqual(Object.keys(Object.prototype), []);
    const grown = memory() - warm;
    assert.ok(!(grown > MAX_GROWTH), `${(grown / 1e6).toFixed(0)} MB more are held`);
  });

  it('leave room for everybody', async () => {
    const addresses = makeRound(SEED, END - 1).map(({ address }) => address);
    await fillHalfOpen(plant, addresses.slice(0, 10));
    await fillShares(plant, { viewer: 1, engineer: 1 });
  });

  it('leave the process as it was', async () => {
    bystanders.close();
    await plant.stop();
    // Whoever was gone before their answer may be waited for until it is too late for that.
    plant.clock.advance(ANSWER_WITHIN_MS);
    assert.equal(plant.clock.pending, 0, 'timers');
    assert.equal(plant.server.listenerCount('upgrade'), 0);
    assert.deepEqual(await leftovers(held), []);
  });
});

/** What somebody needs to see it again. `uncaught`: where faults come that are no plant's. */
async function tellOf(
  round: number,
  talks: readonly Talk[],
  faults: readonly string[],
  uncaught: string[],
): Promise<string> {
  const least = await narrow(talks, async (some) => {
    const plant = await openPlant();
    const found = await haveRound(some, plant, 0, NARROW_WITHIN_MS);
    await plant.stop();
    return found.length + uncaught.splice(0).length > 0;
  });
  const again = `FUZZ_SEED=${SEED} FUZZ_ROUND=${round}`;
  const shown = faults.slice(0, 5).map((fault) => fault.slice(0, 600));
  return `${again} (inputs from ${round * PER_ROUND}):\n${shown.join('\n')}\nthe least that does it: ${least}`;
}

function memory(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
