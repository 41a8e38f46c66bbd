/** A real Node-RED whose wall clock jumps: nothing ends, lasts or goes because of that. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { machineTime } from './machine-time.ts';
import { MovedNodeRed, needsFakeTime } from './moved-clock.ts';

const DAY = 86_400_000;
type Json = Record<string, unknown>;
const access = join(import.meta.dirname, '../../scripts/access.ts');

describe('a clock that jumps', function () {
  this.timeout(60_000);
  let folder: string;
  let node: MovedNodeRed;
  let password: string;
  let device: string;
  let session: string;

  before(async function () {
    needsFakeTime(this);
    folder = mkdtempSync(join(tmpdir(), 'factory-iot-clock-'));
    const data = join(folder, 'data');
    const env = { ...process.env, FACTORY_DATA: data };
    const add = (...args: string[]): string => {
      const said = String(execFileSync(process.execPath, [access, 'add', ...args], { env }));
      return /\n {2}(\S+)\n/.exec(said)![1]!;
    };
    password = add('Sara');
    device = add('probe', '--token', '--role', 'device', '--devices', 'sensor_001');
    node = new MovedNodeRed(data);
    await node.start();
    // With a day on which it ends, as the dialog sets it: three days from now.
    await node.stop();
    const path = join(data, 'flows.json');
    const flows = JSON.parse(readFileSync(path, 'utf8')) as Json[];
    for (const one of flows) {
      const [relay1] = (one['channels'] ?? []) as Json[];
      if (relay1) relay1['start'] = 'restore';
      for (const entry of (one['people'] ?? []) as Json[]) {
        if (entry['name'] !== 'probe') continue;
        const last = new Date(Date.now() + 3 * DAY);
        entry['expires'] = [last.getFullYear(), last.getMonth() + 1, last.getDate()]
          .map((part) => String(part).padStart(2, '0'))
          .join('-');
      }
    }
    writeFileSync(path, JSON.stringify(flows));
    await node.start();
    const { token } = await ask('POST', '/factory-iot/session', { name: 'Sara', password }, '');
    session = String(token);
    await until('the host is sampled', async () => (await ask('GET', '/api/health'))['http'] === 200);
  });
  afterEach(() => node?.jump(0));
  after(async () => {
    await node?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** The answer of the plant, with its status. */
  async function ask(method: string, path: string, body?: object, token = session): Promise<Json> {
    const answer = await fetch(node.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { ...((await answer.json().catch(() => ({}))) as Json), http: answer.status };
  }
  const health = async (): Promise<string[]> => {
    const { problems = [] } = await ask('GET', '/api/health');
    return (problems as { what: string }[]).map(({ what }) => what);
  };
  const write = (value: number): Promise<Json> =>
    ask('POST', '/api/devices/sensor_001/value', { value }, device);
  const relay = async (): Promise<Json> => {
    const { info } = await ask('GET', '/api/relays');
    return (info as Json[]).find(({ id }) => id === 'relay1')!;
  };
  /** Asks again until it holds, for `within` milliseconds at most; returns how long that took. */
  async function until(what: string, holds: () => Promise<boolean>, within = 15_000): Promise<number> {
    const begun = machineTime();
    while (!(await holds())) {
      assert.ok(machineTime() - begun < within, `not within ${within} ms: ${what}`);
      await delay(50);
    }
    return machineTime() - begun;
  }

  for (const [way, off] of [
    ['ahead by a day', DAY],
    ['ahead by a year', 365 * DAY],
    ['back by two weeks', -14 * DAY],
    ['to 1971', 365 * DAY - Date.now()],
  ] as const) {
    it(`ends no session ${way}, tells of it, and is trusted again once it is right`, async () => {
      node.jump(off);
      assert.equal((await ask('GET', '/factory-iot/session'))['http'], 200);
      assert.deepEqual(
        (await health()).filter((what) => what === 'clock'),
        ['clock'],
      );
      await delay(2000);
      node.jump(0);
      assert.equal((await ask('GET', '/factory-iot/session'))['http'], 200);
      assert.deepEqual(
        (await health()).filter((what) => what === 'clock'),
        [],
      );
    });

    it(`neither prolongs nor shortens how long a relay is on, ${way}`, async () => {
      const begun = machineTime();
      const result = await ask('POST', '/api/relays/relay1', { action: 'on', for: 3000 });
      assert.equal(result['code'], 'done', JSON.stringify(result));
      node.jump(off);
      assert.equal((await relay())['state'], true);
      await until('off', async () => (await relay())['state'] === false);
      const took = machineTime() - begun;
      assert.ok(took >= 2900 && took < 6000, `${took} ms`);
    });

    it(`leaves values that come ${way} without a lasting mark`, async () => {
      node.jump(off);
      assert.equal((await write(1))['http'], off > 3 * DAY ? 401 : 200);
      node.jump(0);
      const answer = await write(2);
      assert.equal(answer['http'], 200, JSON.stringify(answer));
      const {
        value,
        quality,
        last_update: at,
      } = (await ask('GET', '/api/devices/sensor_001')) as Record<string, string>;
      assert.deepEqual([value, quality], [2, 'good']);
      assert.ok(Math.abs(Date.parse(at!) - Date.now()) < 60_000, at);
    });
  }

  it('lets a token in until the end of its last day, and not by a clock that is ahead', async () => {
    assert.equal((await write(3))['http'], 200);
    node.jump(5 * DAY);
    assert.equal((await write(3))['http'], 401);
    node.jump(0);
    assert.equal((await write(3))['http'], 200);
  });

  it('deletes no entry of the audit and no session at starts in the future and in the past', async () => {
    const seqs = async (): Promise<number[]> => {
      const { entries } = await ask('GET', '/api/audit?limit=500');
      return (entries as { seq: number }[]).map(({ seq }) => seq);
    };
    const before = await seqs();
    for (const off of [800 * DAY, -14 * DAY]) {
      await node.stop();
      await node.start(off);
      const { token } = await ask('POST', '/factory-iot/session', { name: 'Sara', password }, '');
      const earlier = session;
      session = String(token);
      await until('the clock is told of', async () => (await health()).includes('clock'));
      // It has been looked through once, and so trimmed if ever.
      assert.equal((await ask('GET', '/api/audit/verify'))['ok'], true);
      session = earlier;
    }
    await node.stop();
    await node.start();
    await until(
      'the session goes on',
      async () => (await ask('GET', '/factory-iot/session'))['http'] === 200,
    );
    const after = new Set(await seqs());
    assert.deepEqual(
      before.filter((seq) => !after.has(seq)),
      [],
    );
    assert.deepEqual(
      (await health()).filter((what) => what === 'clock'),
      [],
    );
    const { entries } = await ask('GET', '/api/audit?kind=clock');
    assert.ok((entries as Json[]).length >= 4);
  });

  it('ends a relay’s time after a crash and a start in the past, no later than it would have lasted in all', async () => {
    const result = await ask('POST', '/api/relays/relay1', { action: 'on', for: 8000 });
    assert.equal(result['code'], 'done');
    await node.stop('SIGKILL');
    await node.start(-14 * DAY);
    const { token } = await ask('POST', '/factory-iot/session', { name: 'Sara', password }, '');
    session = String(token);
    const { state, off_at: end } = await relay();
    assert.equal(state, true, 'it was to be as before');
    const left = Date.parse(String(end)) - (Date.now() - 14 * DAY);
    assert.ok(left > 0 && left <= 8000, `${left} ms`);
    await until('off', async () => (await relay())['state'] === false, 9000);
  });
});
