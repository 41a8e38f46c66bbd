import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { connect } from '../../client/factory-client.ts';
import type { Client } from '../../client/types.ts';
import {
  SUBSCRIBE,
  UPDATE,
  type Changes,
  type Entry,
  type Rows,
  type Snapshot,
} from '../../lib/live/protocol.ts';
import { MAX_ENTRIES } from '../../lib/live/retained.ts';
import { becomes, device, next, Plant, STATS } from './serving.ts';

describe('the browser client by the live protocol', function () {
  this.timeout(20_000);
  let plant: Plant;
  beforeEach(async () => {
    plant = new Plant();
    plant.speaksV2 = true;
    await plant.start();
  });
  afterEach(() => plant.stop());
  const known = (client: Client): object => ({
    devices: Array.from(client.devices.values(), ({ id, value }) => [id, value]),
    relays: Array.from(client.relays.values(), ({ id, state }) => [id, state]),
    hasStats: client.stats !== null,
  });

  it('knows all there is with the first update, and asks for no lists', async () => {
    const lists: string[] = [];
    plant.live.events.on('request', ({ event }) => lists.push(event));
    const client = plant.client();
    await becomes(client, 'live');
    if (client.devices.size === 0) await next(client, 'devices');
    assert.deepEqual(known(client), { devices: [['a', 1]], relays: [['r', false]], hasStats: true });
    const changed = next(client, 'devices');
    const before = client.relays;
    plant.live.publish('devices/b', device('b', 2));
    await changed;
    assert.deepEqual(known(client), {
      devices: [
        ['a', 1],
        ['b', 2],
      ],
      relays: [['r', false]],
      hasStats: true,
    });
    assert.equal(client.relays, before, 'what did not change is the same object');
    const gone = next(client, 'devices', (devices) => devices.size === 1);
    plant.live.publish('devices/a', null);
    await gone;
    assert.deepEqual(lists, []);
  });

  it('goes to HTTP and back by one cursor: each poll is one question for what is new', async () => {
    const client = plant.client();
    await becomes(client, 'live');
    if (client.devices.size === 0) await next(client, 'devices');
    const { epoch } = plant.live.retained;
    // On a slow machine it may have asked before it was live.
    const before = plant.asked.length;
    plant.refuseSocket();
    await becomes(client, 'fallback');
    const changed = next(client, 'devices');
    plant.live.publish('devices/a', device('a', 2));
    await changed;
    assert.equal(client.devices.get('a')?.value, 2);
    const polls = plant.asked.slice(before).filter((url) => url.startsWith('/api/'));
    assert.ok(polls.length > 0);
    for (const url of polls)
      assert.match(url, new RegExp(`^/api/v2/changes\\?client=[\\w-]+&since=${epoch}\\.\\d+$`));
    const returned = next(client, 'returned');
    plant.attach();
    const { devices, relays } = await returned;
    assert.deepEqual([devices, relays], [['a'], []]);
    const later = next(client, 'devices');
    plant.live.publish('devices/a', device('a', 3));
    assert.equal((await later).get('a')?.value, 3);
  });

  it('knows a plant that is too large for one update, on the socket and over HTTP', async () => {
    const count = MAX_ENTRIES + 10;
    for (let index = 0; index < count; index++) {
      plant.live.publish(`devices/d${index}`, device(`d${index}`, index));
    }
    const client = plant.client();
    const sizes: number[] = [];
    client.on('devices', (devices) => sizes.push(devices.size));
    await becomes(client, 'live');
    if (client.devices.size === 0) await next(client, 'devices');
    plant.refuseSocket();
    await becomes(client, 'fallback');
    for (let index = 0; index < count; index++) {
      plant.live.publish(`devices/d${index}`, device(`d${index}`, -1));
    }
    await next(client, 'devices', (devices) =>
      Array.from(devices.values()).every(({ value }) => value === -1 || value === 1),
    );
    assert.equal(sizes[0], count + 1, 'it never shows a part');
  });

  describe('with a server in the test’s hand', () => {
    let io: Server;
    let client: Client | undefined;
    let url: string;
    const http = createServer((_request, response) => response.writeHead(404).end());
    before(async () => {
      http.listen(0, '127.0.0.1');
      await once(http, 'listening');
      url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    });
    beforeEach(() => (io = new Server(http)));
    afterEach(async () => {
      client?.close();
      io.disconnectSockets(true);
      io.engine.close();
      http.removeAllListeners('upgrade');
      await new Promise((resolve) => setImmediate(resolve));
    });
    after(() => {
      http.closeAllConnections();
      http.close();
    });

    const timestamp = '2026-01-01T00:00:00Z';
    const snapshot = (seq: number, ...state: Entry[]): Snapshot => ({
      kind: 'snapshot',
      epoch: 'e',
      seq,
      state,
      timestamp,
    });
    const changes = (from: number, seq: number, ...entries: Entry[]): Changes => ({
      kind: 'changes',
      epoch: 'e',
      from,
      seq,
      changes: entries,
      timestamp,
    });
    const a = (value: number): Entry => ['devices/a', device('a', value)];
    const begin = async (hear: (socket: Socket) => void): Promise<[Client, Socket]> => {
      const came = once(io, 'connection') as Promise<[Socket]>;
      io.on('connection', (socket) => {
        socket.emit('connected', { protocol: 2 });
        hear(socket);
      });
      client = connect({ url });
      const [socket] = await came;
      return [client, socket];
    };

    it('asks for what it missed, once, and heeds nothing older meanwhile', async () => {
      const asked: unknown[] = [];
      const [page, socket] = await begin((one) => {
        one.on(SUBSCRIBE, (wanted: unknown, reply: (answer: unknown) => void) => {
          asked.push(wanted);
          one.emit(UPDATE, changes(9, 10, a(10)));
          reply({ ok: true, update: changes(5, 11, a(11)) });
        });
        one.emit(UPDATE, snapshot(5, a(5)));
      });
      socket.emit(UPDATE, changes(7, 8, a(8)));
      await next(page, 'devices', (devices) => devices.get('a')?.value === 11);
      assert.deepEqual(asked, [{ since: 'e.5' }]);
      // A repetition takes nothing back.
      socket.emit(UPDATE, changes(8, 9, a(9)));
      const last = next(page, 'devices', (devices) => devices.get('a')?.value !== 11);
      socket.emit(UPDATE, changes(11, 12, a(12)));
      assert.equal((await last).get('a')?.value, 12);
    });

    it('begins anew with another epoch, and comes back with where it is', async () => {
      const said: unknown[] = [];
      const [page, socket] = await begin((one) => {
        said.push(one.handshake.auth);
        one.emit(UPDATE, said.length === 1 ? snapshot(5, a(5)) : { ...snapshot(1, a(1)), epoch: 'f' });
      });
      if (page.devices.size === 0) await next(page, 'devices');
      const fresh = next(page, 'devices');
      socket.conn.close();
      assert.equal((await fresh).get('a')?.value, 1);
      assert.deepEqual(said, [
        { protocol: 2, fields: true },
        { protocol: 2, fields: true, since: 'e.5' },
      ]);
    });

    it('puts fields to what it knows, and asks anew where it is not exactly there', async () => {
      const asked: unknown[] = [];
      const [page, socket] = await begin((one) => {
        one.on(SUBSCRIBE, (wanted: unknown, reply: (answer: unknown) => void) => {
          asked.push(wanted);
          reply({ ok: true, update: changes(3, 9, a(9)) });
        });
        one.emit(UPDATE, snapshot(1, a(1)));
      });
      if (page.devices.size === 0) await next(page, 'devices');
      const rest = page.devices.get('a')!;
      const fields = (value: number): Rows[] => [
        { names: ['value', 'unit'], rows: [['devices/a', value, 'V']] },
      ];
      const told = next(page, 'devices');
      socket.emit(UPDATE, { ...changes(1, 2), fields: fields(2) });
      assert.deepEqual((await told).get('a'), { ...rest, value: 2, unit: 'V' });
      const later = next(page, 'devices');
      const [names, times] = [['value', 'last_update'], ['last_update']];
      socket.emit(UPDATE, { ...changes(2, 3), fields: [{ names, times, rows: [['devices/a', 3, -1001]] }] });
      const now = { ...rest, unit: 'V', value: 3, last_update: '2025-12-31T23:59:58.999Z' };
      assert.deepEqual((await later).get('a'), now);
      for (const wrong of [
        5,
        [5],
        [{ names: 5, rows: [] }],
        [{ names: [], rows: [5] }],
        [{ names, times: 5, rows: [] }],
      ]) {
        socket.emit(UPDATE, { ...changes(3, 4), fields: wrong });
      }
      const anew = next(page, 'devices');
      socket.emit(UPDATE, { ...changes(1, 5), fields: fields(4) });
      assert.equal((await anew).get('a')?.value, 9);
      assert.deepEqual(asked, [{ since: 'e.3' }]);
    });

    it('shows a plant that comes in parts once it is whole', async () => {
      const seen: number[] = [];
      const [page, socket] = await begin((one) => {
        one.emit(UPDATE, snapshot(1, a(1)));
      });
      if (page.devices.size === 0) await next(page, 'devices');
      page.on('devices', (devices) => seen.push(devices.size));
      const b = ['devices/b', device('b', 1)] as const;
      socket.emit(UPDATE, { ...snapshot(2, b), epoch: 'f', more: true });
      socket.emit(UPDATE, { ...changes(2, 3, ['devices/c', device('c', 1)]), epoch: 'f', more: true });
      const whole = next(page, 'devices');
      socket.emit(UPDATE, { ...changes(3, 5, ['devices/b', null], a(2)), epoch: 'f' });
      await whole;
      assert.deepEqual(Array.from(page.devices.keys()), ['c', 'a']);
      const later = next(page, 'devices');
      socket.emit(UPDATE, { ...changes(5, 6, a(3)), epoch: 'f' });
      await later;
      assert.deepEqual(seen, [2, 2]);
    });

    it('is not harmed by what is malformed', async () => {
      const [page, socket] = await begin((one) => {
        for (const update of [null, 'x', {}, { kind: 'changes' }, { ...snapshot(1), state: {} }])
          one.emit(UPDATE, update);
        one.emit(UPDATE, snapshot(1, a(1), ['devices/b', null], ['relays/r', 5], ['system/stats', {}]));
      });
      if (page.devices.size === 0) await next(page, 'devices');
      assert.deepEqual(known(page), { devices: [['a', 1]], relays: [], hasStats: false });
      const told = next(page, 'stats');
      // A topic that names its record otherwise takes that one along where it goes.
      socket.emit(UPDATE, changes(1, 2, ['devices/x', device('y', 1)]));
      socket.emit(UPDATE, changes(2, 3, ['devices/x', null], ['system/stats', STATS]));
      await told;
      assert.deepEqual(Array.from(page.devices.keys()), ['a']);
    });
  });
});
