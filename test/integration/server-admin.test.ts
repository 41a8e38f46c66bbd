import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectPage } from '../../client/factory-client.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { ConnectedClients } from '../../nodes/factory-server/clients-answers.ts';
import { connect, post, request } from './clients.ts';
import { deployQuiet } from './core-flow.ts';
import { THOROUGH } from '../thorough.ts';
import { startNodeRed, VERSIONS, type NodeRed, type Version } from './harness.ts';

/** Who may do what in the editor. */
const USERS: Readonly<Record<string, string>> = { ada: '*', viewer: 'read' };
const SERVER = 'factory-iot-server';

/** The runtime's part of it is the same in both. */
const TRIED = THOROUGH ? (Object.keys(VERSIONS).map(Number) as Version[]) : ([5] as const);

for (const version of TRIED) {
  describe(`what the server's dialog asks the runtime, Node-RED ${version}`, function () {
    this.timeout(60_000);
    let red: NodeRed;
    const close: (() => void)[] = [];
    before(async () => {
      // Tokens of our own, which are the users' names: the editor's would keep a timer running for a week.
      const user = (username: string): Promise<object | null> =>
        Promise.resolve(username in USERS ? { username, permissions: USERS[username] } : null);
      red = await startNodeRed({
        version,
        settings: { adminAuth: { type: 'credentials', users: user, authenticate: user, tokens: user } },
      });
      await deployQuiet(red);
    });
    afterEach(async () => {
      for (const end of close.splice(0)) end();
      await until('all are gone', async () => (await look()).count === 0);
    });
    after(async () => {
      await red?.deploy([]);
      await red?.stop();
    });

    const ask = (path: string, who?: string, body?: object): Promise<Response> =>
      fetch(`${red.url}/editor/factory-iot/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: {
          ...(who && { authorization: `Bearer ${who}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    const look = async (server = SERVER): Promise<ConnectedClients> =>
      (await (await ask(`clients?server=${server}`, 'ada')).json()) as ConnectedClients;
    const rehearse = (wish: object, who = 'ada'): Promise<Response> =>
      ask('rehearse', who, { server: SERVER, ...wish });
    const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
      const limit = Date.now() + 20_000;
      while (!(await holds())) {
        if (Date.now() > limit) throw new Error(`not within 20 s: ${what}`);
        await delay(20);
      }
    };
    const join = async (options: object = {}): Promise<Awaited<ReturnType<typeof connect>>> => {
      const client = await connect(red.url, 'websocket', options);
      close.push(client.close);
      return client;
    };

    it('is told to nobody who is not logged in, and who may only look cuts nobody', async () => {
      const client = await join();
      assert.equal((await ask(`clients?server=${SERVER}`)).status, 401);
      assert.equal((await ask('rehearse', undefined, { server: SERVER })).status, 401);
      assert.equal((await ask(`clients?server=${SERVER}`, 'viewer')).status, 200);
      assert.equal((await rehearse({}, 'viewer')).status, 401);
      assert.ok(client.socket.connected);
      assert.equal((await look()).rehearsal, null);
    });

    it('tells who is connected, how, and what they want', async () => {
      assert.deepEqual(await look(), { deployed: true, count: 0, clients: [], rehearsal: null });
      await join({ auth: { protocol: 2, topics: 'relays/*' } });
      const { clients } = await look();
      const { session, since, latency, ...rest } = clients[0]!;
      assert.ok(session !== '' && !Number.isNaN(Date.parse(since)) && latency === null);
      assert.deepEqual(rest, {
        address: '127.0.0.1',
        transport: 'websocket',
        principal: 'loopback',
        protocol: 2,
        topics: 'relays/*',
        queue: 0,
      });
      const none = { deployed: false, count: 0, clients: [], rehearsal: null };
      for (const id of ['none', 'factory-iot-plant', '']) assert.deepEqual(await look(id), none);
    });

    const wrong: [string, object, RegExp][] = [
      ['a client that there is not', { session: 'gone' }, /no client has the session "gone"/],
      ['for longer than a minute', { hold: 61 }, /0 to 60 seconds/],
      ['at a server that there is not', { server: 'none' }, /not deployed/],
      ['with something else than a session', { session: null }, /no client has/],
    ];
    for (const [what, wish, words] of wrong) {
      it(`does not rehearse ${what}`, async () => {
        const client = await join();
        const response = await rehearse(wish);
        assert.equal(response.status, 400);
        assert.match(((await response.json()) as { error: string }).error, words);
        assert.ok(client.socket.connected);
      });
    }

    it('rehearses with a page of ours and a client of the original: both fall back and return, and miss nothing', async () => {
      const page = connectPage({ url: red.url, pollEach: 50 });
      close.push(() => page.close());
      const states: string[] = [];
      page.on('connection', ({ state }) => {
        if (states.at(-1) !== state) states.push(state);
      });
      // As the original's client does, which polls where it has no socket.
      const old = await join({
        transports: ['websocket', 'polling'],
        reconnectionDelay: 50,
        reconnectionDelayMax: 100,
      });
      const poll = (): void => void request(`${red.url}/api/devices`).catch(() => {});
      old.socket.on('disconnect', poll);
      await until('the page is live', () => page.connection.state === 'live' && page.devices.size > 0);

      const shown: unknown[] = [];
      page.on('devices', (devices) => shown.push(devices.get('sensor_001')?.value));
      let value = 1000;
      const enough = new AbortController();
      const written = (async () => {
        while (!enough.signal.aborted) {
          await post(`${red.url}/api/devices/sensor_001/value`, { value: ++value });
          await delay(20);
        }
      })();
      const begun = await rehearse({ hold: 1 });
      assert.equal(begun.status, 200);
      assert.equal(((await begun.json()) as ConnectedClients).rehearsal!.state, 'running');
      const again = await rehearse({});
      assert.equal(again.status, 503);
      assert.match(((await again.json()) as { error: string }).error, /running already\. Wait/);
      // Whoever comes anew is kept off as well, and told why.
      const refused = await request(`${red.url}/socket.io/?EIO=4&transport=polling`);
      assert.deepEqual([refused.status, refused.body['code']], [503, 'unavailable']);
      assert.match(String(refused.body['reason']), /^rehearsal: /);
      assert.equal((await request(`${red.url}/api/relays`)).status, 200);

      await until('the end of it', async () => (await look()).rehearsal!.state !== 'running');
      const report = (await look()).rehearsal!;
      await until('the page is live again', () => page.connection.state === 'live');
      enough.abort();
      await written;
      await until('the page shows the last', () => page.devices.get('sensor_001')?.value === value);

      assert.deepEqual(
        [report.state, report.cut, report.fellBack, report.returned, report.unknown],
        ['returned', 2, 2, 2, 0],
      );
      const [ours, theirs] = [2, 1].map((protocol) =>
        report.clients.find((one) => one.protocol === protocol)!,
      );
      assert.deepEqual([ours!.match, ours!.resumed], ['client', 'changes']);
      assert.ok(ours!.toHttp! < ours!.back! && ours!.back! >= 1000, JSON.stringify(ours));
      assert.ok(ours!.told.http > 0 && ours!.told.back !== null);
      assert.deepEqual([theirs!.match, theirs!.resumed], ['address', 'lists']);
      assert.ok(theirs!.toHttp !== null && theirs!.back! >= 1000);
      assert.deepEqual(states, ['live', 'offline', 'fallback', 'live']);
      // Each is higher than the one before, so nothing came late or twice; and the last is there.
      assert.deepEqual(
        shown,
        shown.toSorted((a, b) => Number(a) - Number(b)),
      );

      const { nodes } = red.RED as unknown as { nodes: { getNode(id: string): { plant: Plant } } };
      const { entries } = await nodes.getNode('factory-iot-plant').plant.audit.read({ kind: 'rehearsal' });
      const { seq: _seq, at: _at, seal: _seal, from, ...entry } = entries[0] as Record<string, unknown>;
      assert.match(String(from), /127\.0\.0\.1/);
      assert.deepEqual(entry, {
        kind: 'rehearsal',
        by: 'ada',
        via: 'editor',
        what: 'all',
        result: 'done',
        cut: 2,
        hold: 1,
      });
    });

    it('cuts one alone, and a deploy ends what runs', async () => {
      const [one, other] = [await join({ reconnection: false }), await join({ auth: { protocol: 2 } })];
      const { clients } = await look();
      const { session } = clients.find(({ protocol }) => protocol === 1)!;
      const gone = new Promise<string>((resolve) => one.socket.on('disconnect', resolve));
      assert.equal((await rehearse({ session, hold: 0 })).status, 200);
      // As a lost network, and not as being sent away, from which Socket.IO does not come back by itself.
      assert.equal(await gone, 'transport close');
      assert.ok(other.socket.connected);
      const { state, of, cut } = (await look()).rehearsal!;
      assert.deepEqual([state, of, cut], ['running', 'one', 1]);
      await deployQuiet(red);
      assert.equal((await look()).rehearsal, null);
    });
  });
}
