import assert from 'node:assert/strict';
import { once } from 'node:events';
import { systemClock } from '../../../lib/base/clock.ts';
import { LiveServer } from '../../../lib/live/live-server.ts';
import { SUBSCRIBE, UPDATE, type Changes, type Snapshot, type Update } from '../../../lib/live/protocol.ts';
import { MAX_ENTRIES } from '../../../lib/live/retained.ts';
import { open, TRANSPORTS, type Client, type Transport } from '../../integration/clients.ts';
import { ask, CLOSED, serve, type Serving } from './serving.ts';

describe('the live protocol, version 2', function () {
  this.timeout(20_000);
  let serving: Serving;
  beforeEach(async () => (serving = await serve()));
  afterEach(() => serving.stop());
  const join = (transport: Transport, auth: object = {}): Promise<Client> =>
    serving.join(transport, { auth: { protocol: 2, ...auth } });
  const updates = (client: Client): Update[] =>
    client.heard.filter(({ event }) => event === UPDATE).map(({ payload }) => payload as Update);
  /** It may be there already, or on its way. */
  const begun = async <Kind extends Update>(client: Client): Promise<Kind> =>
    (updates(client)[0] as Kind | undefined) ?? client.next<Kind>(UPDATE);

  it('looks through a large plant for nobody more often than it can bear', async () => {
    const { live } = serving;
    for (let index = 0; index < 30_000; index++) live.publish(`devices/${index}`, { id: index });
    const client = await join('websocket', { topics: 'relays/*' });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => ask(client, SUBSCRIBE, { topics: 'relays/*' })),
    );
    const codes = answers.map((answer) => (answer as { code?: string }).code ?? 'done');
    assert.deepEqual(codes.slice(0, 3), ['done', 'done', 'done']);
    assert.ok(codes.includes('limit'), codes.join());
    assert.ok(client.socket.connected);
  });

  for (const transport of TRANSPORTS) {
    describe(transport, () => {
      it('greets, tells all there is, and then what changes instead of lists', async () => {
        const { live } = serving;
        live.publish('devices/a', { id: 'a', value: 1 });
        const client = await join(transport);
        const first = await begun<Snapshot>(client);
        assert.deepEqual(client.heard[0], {
          event: 'connected',
          payload: { data: 'Connected to Factory IoT System', protocol: 2 },
        });
        assert.deepEqual([first.kind, first.state], ['snapshot', [['devices/a', { id: 'a', value: 1 }]]]);
        const next = client.next<Changes>(UPDATE);
        live.publish('relays/r', { id: 'r', state: true });
        const { epoch, from, seq, changes } = await next;
        assert.deepEqual([epoch, from, seq], [first.epoch, first.seq, first.seq + 1]);
        assert.deepEqual(changes, [['relays/r', { id: 'r', state: true }]]);
        const own = client.next('own');
        live.publish('own', { event: 'of a flow' });
        await own;
        assert.deepEqual(
          client.heard.map(({ event }) => event),
          ['connected', UPDATE, UPDATE, 'own'],
        );
      });

      it('tells in parts what is too much at once, without being asked', async () => {
        const { live } = serving;
        const count = 2 * MAX_ENTRIES + 5;
        for (let index = 0; index < count; index++) live.publish(`devices/${index}`, { id: index });
        const client = await join(transport);
        const isLast = ({ more }: Update): boolean => more === undefined;
        if (!updates(client).some(isLast)) await client.next<Update>(UPDATE, isLast);
        const [first, ...others] = updates(client) as [Snapshot, ...Changes[]];
        const told = new Map([first.state, ...others.map(({ changes }) => changes)].flat());
        assert.equal(told.size, count);
        let { seq } = first;
        for (const { from, ...update } of others) {
          assert.equal(from, seq);
          seq = update.seq;
        }
        assert.deepEqual([others.length, seq], [2, count]);
      });

      it('takes another subscription, of which it has nothing yet, and answers where it begins', async () => {
        const { live } = serving;
        live.publish('devices/a', { id: 'a' });
        const client = await join(transport, { topics: 'relays/*', fields: true });
        const { epoch, seq } = await begun<Snapshot>(client);
        const since = `${epoch}.${seq}`;
        const subscribed = async (wanted: object): Promise<Update> => {
          const { ok, update } = (await ask(client, SUBSCRIBE, wanted)) as { ok: boolean; update: Update };
          assert.equal(ok, true);
          return update;
        };
        const other = (await subscribed({ topics: 'devices/*', since })) as Snapshot;
        assert.deepEqual([other.kind, other.state], ['snapshot', [['devices/a', { id: 'a' }]]]);
        const next = client.next<Changes>(UPDATE);
        live.publish('relays/r', { id: 'r' });
        live.publish('devices/a', { id: 'a', value: 2 });
        const { changes, fields } = await next;
        assert.deepEqual([changes, fields], [[], [{ names: ['value'], rows: [['devices/a', 2]] }]]);
        const same = (await subscribed({ since })) as Changes;
        assert.deepEqual(
          [same.kind, same.changes],
          ['changes', [['devices/a', { id: 'a', value: 2 }]]],
          'what it has been told, where it names no topics',
        );
        const wrong = (await ask(client, SUBSCRIBE, { topics: 5 })) as { ok: boolean; code: string };
        assert.deepEqual([wrong.ok, wrong.code], [false, 'invalid']);
      });

      it('goes on where a client was, also with the server that keeps what this one kept', async () => {
        const before = await join(transport);
        const { epoch, seq } = await begun<Snapshot>(before);
        before.close();
        const { server, live, mounts, detach } = serving;
        live.publish('devices/a', { id: 'a', value: 1 });
        const after = new LiveServer({
          clock: systemClock,
          policy: CLOSED,
          retained: live.retained,
        });
        detach();
        await live.close();
        const detachAfter = mounts.attach(server, '/socket.io', after);
        try {
          const back = await join(transport, { since: `${epoch}.${seq}` });
          const update = await begun<Changes>(back);
          assert.deepEqual(
            [update.kind, update.from, update.changes],
            ['changes', seq, [['devices/a', { id: 'a', value: 1 }]]],
          );
        } finally {
          detachAfter();
          await after.close();
        }
      });

      it('says what is wrong with a handshake', async () => {
        const client = open(serving.url, {
          transports: [transport],
          reconnection: false,
          auth: { protocol: 2, since: 'yesterday' },
        });
        const [error] = (await once(client.socket as never, 'connect_error')) as [
          Error & { data?: { code: string } },
        ];
        assert.equal(error.data?.code, 'invalid');
        assert.match(error.message, /since must be an epoch and a number/);
        client.close();
      });
    });
  }

  it('is not heard by clients of the contract, and its event cannot be forged by a flow', async () => {
    const { live } = serving;
    const old = await serving.join('websocket');
    const list = old.next('devices_update');
    live.publish('devices/a', { id: 'a' });
    await list;
    assert.deepEqual(updates(old), []);
    assert.throws(() => live.publish(UPDATE, { kind: 'snapshot' }), { code: 'invalid' });
    // The same word is an event like any other for them.
    const heard = serving.next('message');
    old.socket.emit(SUBSCRIBE, { topics: 'a' });
    assert.equal((await heard).event, SUBSCRIBE);
  });
});
