/**
 * Everything that strangers and people with too few rights may try, while an operator works. What the operator's round trips are
 * is told and not judged: attackers, Node-RED and operator share one process here.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sendBodies } from '../abuse/bodies.ts';
import { openHalf } from '../abuse/half-open.ts';
import { openHall, type Hall } from '../abuse/hall.ts';
import { sendHeaders, spellPaths } from '../abuse/lines.ts';
import { tryPasswords } from '../abuse/passwords.ts';
import { floodSockets } from '../abuse/sockets.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** `npm run test:long`, to which this belongs, sets ten; once is enough to try a change. */
const TIMES = Number(process.env['ABUSE'] ?? 1);

describe(`abuse, ${TIMES} times`, function () {
  this.timeout(170_000);
  let hall: Hall;
  let revs: Record<string, number>;
  const now = (): Hall => hall;
  const say = (text: string): void => console.log(`      ${text}`);
  /** Where there is time, without what waits to be collected; the pause of that is nobody's latency. */
  const memory = async (): Promise<string> => {
    if (TIMES > 1) {
      collect();
      await delay(250);
      hall.operator.latency();
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return `${((heapUsed + external) / 1e6).toFixed(0)} MB held, ${(rss / 1e6).toFixed(0)} MB resident`;
  };
  const readRevs = async (): Promise<Record<string, number>> => {
    const { info } = (await hall.see('/relays')) as { info: { id: string; rev: number }[] };
    return Object.fromEntries(info.map(({ id, rev }) => [id, rev]));
  };
  before(async () => {
    hall = await openHall();
    revs = await readRevs();
    await delay(1500 * Math.min(TIMES, 4));
    say(`calm: ${hall.operator.latency()}; ${await memory()}`);
  });
  after(() => hall.stop());
  afterEach(async () => {
    say(`${hall.operator.latency()}; ${await memory()}`);
    hall.operator.check();
  });

  describe('passwords and tokens', () => tryPasswords(now, TIMES));
  describe('events', () => floodSockets(now, TIMES));
  describe('bodies', () => sendBodies(now, TIMES));
  describe('paths', () => spellPaths(now));
  describe('headers', () => sendHeaders(now));
  describe('connections', () => openHalf(now, TIMES));

  describe('all of it', () => {
    it('moved nothing that the operator did not, and every command of theirs was answered', async () => {
      await hall.operator.stop();
      assert.ok(hall.operator.done > 20);
      const { relay1, ...others } = await readRevs();
      const { relay1: before = 0, ...othersBefore } = revs;
      assert.deepEqual(others, othersBefore);
      assert.ok(relay1! - before <= hall.operator.done + 1, `${relay1! - before} moves`);
      let next = '';
      do {
        const page = (await hall.see(`/audit?kind=command&limit=500${next}`)) as {
          entries: { by: string; relay: string; seq: number }[];
          next: number | null;
        };
        for (const { by, relay } of page.entries) assert.deepEqual([by, relay], ['Olga', 'relay1']);
        next = page.next === null ? '' : `&before=${page.next}`;
      } while (next !== '');
      assert.deepEqual((await hall.see('/audit/verify'))['ok'], true);
      const { entries } = (await hall.see('/audit?kind=refused&limit=500')) as { entries: unknown[] };
      assert.ok(entries.length <= 130, `${entries.length} refusals in the audit`);
    });
  });
});
