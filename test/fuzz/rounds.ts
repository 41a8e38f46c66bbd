/** Rounds of many talks at once, after each of which everything has to be as before. */
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { FakeClock } from '../../lib/base/fake-clock.ts';
import { Dice } from './dice.ts';
import { makeTalk, type Talk } from './make-talk.ts';
import type { FuzzPlant } from './plant.ts';
import { haveTalk } from './talks.ts';

export const PER_ROUND = 1000;
/** How long a round may take, with everything that has to end after it: far more than it takes. */
const WITHIN_MS = 30_000;
/** How far the plant's clock goes while the machine looks once for what came: waits and limits end soon. */
const STEP_MS = 10;

/** A round's talks, the same for the same seed; at least {@link PER_ROUND} inputs. */
export function makeRound(seed: number, round: number): Talk[] {
  const dice = new Dice((seed ^ Math.imul(round + 1, 0x9e3779b1)) | 0);
  const talks: Talk[] = [];
  for (let count = 0; count < PER_ROUND; count += talks.at(-1)!.inputs.length) talks.push(makeTalk(dice));
  return talks;
}

/** What is promised, with time passing on the plant's clock. */
export async function passing<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const end = (): void => over.abort();
  promise.then(end, end);
  while (!over.signal.aborted) {
    await turn();
    clock.advance(STEP_MS);
  }
  return promise;
}

/** What went wrong in these talks, each in a few words; `members`: how many clients there are beside. */
export async function haveRound(
  talks: readonly Talk[],
  plant: FuzzPlant,
  members: number,
  within = WITHIN_MS,
): Promise<string[]> {
  const { live, strangers, clock, faults } = plant;
  const open = new Set(talks);
  let overfull = false;
  const had = talks.map(async (talk) => {
    try {
      await haveTalk(talk, plant);
    } catch (error) {
      faults.push(`${talk.kind}: ${String(error)}`);
    }
    open.delete(talk);
  });
  const end = Date.now() + within;
  const isOver = (): boolean =>
    open.size + strangers.size === 0 && live.count === members && live.connections === members;
  while (!isOver() && Date.now() < end) {
    // What a session was begun by may be lost, and with it how to end it: then it ends by its pings, which take their time.
    await (open.size > 0 ? turn() : delay(1));
    clock.advance(STEP_MS);
    overfull ||= live.count > live.connections;
  }
  for (const { kind } of open) faults.push(`the talk (${kind}) did not end`);
  if (open.size === 0) await Promise.all(had);
  if (overfull) faults.push('there were more clients than connections');
  if (live.count !== members) faults.push(`${live.count} clients are left of ${members}`);
  if (live.connections !== members) faults.push(`${live.connections} connections are left of ${members}`);
  if (strangers.size > 0) faults.push(`${strangers.size} connections of TCP are left`);
  return faults.splice(0);
}
