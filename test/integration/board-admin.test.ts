import assert from 'node:assert/strict';
import type { CrashFacts } from '../../lib/gpio/crash-facts.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { TrialResult } from '../../lib/relays/relay.ts';
import type { RunningSettings } from '../../nodes/factory-board/try-answers.ts';
import { startNodeRed, VERSIONS, type NodeRed, type Version } from './harness.ts';

/** Who may do what in the editor. */
const USERS: Readonly<Record<string, string>> = { ada: '*', viewer: 'read' };

for (const version of Object.keys(VERSIONS).map(Number) as Version[]) {
  describe(`what the board's dialog asks the runtime, Node-RED ${version}`, function () {
    this.timeout(30_000);
    let red: NodeRed;
    before(async () => {
      // Tokens of our own, which are the users' names: the editor's would keep a timer running for a week.
      const user = (username: string): Promise<object | null> =>
        Promise.resolve(username in USERS ? { username, permissions: USERS[username] } : null);
      red = await startNodeRed({
        version,
        settings: { adminAuth: { type: 'credentials', users: user, authenticate: user, tokens: user } },
      });
      await red.deploy([
        { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' },
        {
          id: 'b',
          type: 'factory-board',
          name: 'Cabinet',
          plant: 'p',
          driver: 'simulated',
          channels: [{ id: 'pump', line: 4, activeLow: true, rules: { minOff: 0 } }],
        },
      ]);
      while (plant().relays.get('pump')?.state !== false) {
        await new Promise<void>((resolve) => {
          const stop = plant().relays.events.on('change', () => {
            stop();
            resolve();
          });
        });
      }
    });
    after(async () => {
      // The pins of simulated boards are there for as long as the process is.
      await red?.deploy([]);
      await red?.stop();
    });

    const plant = (): Plant =>
      (red.RED as unknown as { nodes: { getNode(id: string): { plant: Plant } } }).nodes.getNode('p').plant;
    const ask = (path: string, user?: string, body?: object): Promise<Response> =>
      fetch(`${red.url}/editor/factory-iot/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: {
          ...(user && { authorization: `Bearer ${user}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    const PREVIEW = { boards: [], plants: [] };
    const TRIAL = { board: 'b', relay: 'pump', line: 4, activeLow: true, trial: 'on' };

    it('is told to nobody who is not logged in', async () => {
      for (const path of ['crash?driver=chardev&chip=x', 'running?board=b', 'chips'])
        assert.equal((await ask(path)).status, 401, path);
      assert.equal((await ask('preview', undefined, PREVIEW)).status, 401);
      assert.equal((await ask('try', undefined, TRIAL)).status, 401);
      assert.equal(plant().relays.get('pump')?.state, false);
    });

    it('lets who may only look move nothing', async () => {
      assert.equal((await ask('crash?driver=chardev&chip=x', 'viewer')).status, 200);
      assert.equal((await ask('running?board=b', 'viewer')).status, 200);
      assert.equal((await ask('preview', 'viewer', PREVIEW)).status, 401);
      assert.equal((await ask('try', 'viewer', TRIAL)).status, 401);
      assert.equal(plant().relays.get('pump')?.state, false);
    });

    it('tells which channels run, and what they are', async () => {
      const running = (await (await ask('running?board=b', 'ada')).json()) as RunningSettings;
      const channel = { id: 'pump', line: 4, activeLow: true, state: false, available: true };
      assert.deepEqual(running, { driver: 'simulated', chip: '', channels: [channel] });
      const none = (await (await ask('running?board=none', 'ada')).json()) as RunningSettings;
      assert.deepEqual(none, { driver: null, chip: '', channels: [] });
    });

    it('tells what a crash does, by the label of a chip that is not here too', async () => {
      const facts = (await (await ask('crash?driver=chardev&chip=gpio-sim.0-x', 'ada')).json()) as CrashFacts;
      assert.equal(facts.release, 'resets');
      assert.ok(Array.isArray(facts.watchdogs));
    });

    it('tries a channel in the name of the editor’s user', async () => {
      const { result, hand } = (await (await ask('try', 'ada', TRIAL)).json()) as TrialResult;
      assert.deepEqual([result.code, result.state, result.simulated, hand], ['done', true, true, true]);
      const { state, by, hand: claim } = plant().relays.get('pump')!;
      assert.deepEqual([state, by, claim?.by], [true, 'ada', 'ada']);
      const off = (await (await ask('try', 'ada', { ...TRIAL, trial: 'off' })).json()) as TrialResult;
      assert.equal(off.result.code, 'done');
      assert.equal(plant().relays.get('pump')?.state, false);
    });

    const wrong: [string, object, RegExp][] = [
      ['another line', { line: 5 }, /"pump" runs with other settings\. Deploy first/],
      ['another polarity', { activeLow: false }, /other settings/],
      ['a relay that there is not', { relay: 'fan' }, /no relay "fan"/],
      ['a board that there is not', { board: 'none' }, /not deployed/],
      ['something else than a trial', { trial: 'lock' }, /trial must be one of/],
      ['no relay at all', { relay: 7 }, /must be text/],
    ];
    for (const [what, more, words] of wrong) {
      it(`does not try ${what}`, async () => {
        const response = await ask('try', 'ada', { ...TRIAL, ...more });
        assert.equal(response.status, 400);
        assert.match(((await response.json()) as { error: string }).error, words);
        assert.equal(plant().relays.get('pump')?.state, false);
      });
    }
  });
}
