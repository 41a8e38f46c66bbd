import assert from 'node:assert/strict';
import { FakeClock } from '../../lib/base/fake-clock.ts';
import { becomes, device, next, Plant } from './serving.ts';

describe('the browser client’s connection', function () {
  this.timeout(20_000);
  let plant: Plant;
  beforeEach(async () => {
    plant = new Plant();
    await plant.start();
  });
  afterEach(() => plant.stop());

  it('becomes live, and knows all there is', async () => {
    const client = plant.client();
    assert.deepEqual(
      [client.connection.state, client.connection.stale, client.connection.age],
      ['connecting', true, null],
    );
    const told = Promise.all([next(client, 'devices'), next(client, 'relays'), next(client, 'stats')]);
    const { transport, stale, reason } = await becomes(client, 'live');
    assert.deepEqual([transport, stale, reason], ['websocket', false, null]);
    await told;
    assert.equal(client.devices.get('a')?.value, 1);
    assert.equal(client.relays.get('r')?.state, false);
    assert.equal(client.stats?.cpu.percent, 5);
    assert.ok(Math.abs(client.serverNow() - Date.now()) < 1000);
    assert.equal(plant.polls, 0);
  });

  it('hears what changes, and keeps what did not as the same object', async () => {
    plant.live.publish('devices/b', device('b', 1));
    const client = plant.client();
    const before = await next(client, 'devices', (devices) => devices.size === 2);
    const changed = next(client, 'devices');
    plant.live.publish('devices/b', device('b', 2));
    const after = await changed;
    assert.equal(after.get('b')?.value, 2);
    assert.equal(after.get('a'), before.get('a'));
    assert.notEqual(after, before);
  });

  it('falls back to HTTP where the socket is refused, in the server’s words, and is live again by itself', async () => {
    plant.refuseSocket();
    const client = plant.client();
    const refused = await becomes(client, 'fallback', ({ reason }) => reason !== null);
    assert.deepEqual([refused.transport, refused.stale], ['http', false]);
    assert.equal(refused.reason, 'the server is being redeployed; try again');
    assert.equal(typeof refused.latency, 'number');
    assert.equal(client.devices.get('a')?.value, 1);
    assert.equal(client.relays.get('r')?.state, false);
    const changed = next(client, 'devices');
    plant.live.publish('devices/a', device('a', 2));
    assert.equal((await changed).get('a')?.value, 2);
    plant.attach();
    const live = await becomes(client, 'live');
    assert.deepEqual([live.reason, live.transport], [null, 'websocket']);
  });

  it('asks no more over HTTP once it is live', async () => {
    plant.refuseSocket();
    const client = plant.client();
    await becomes(client, 'fallback');
    plant.attach();
    await becomes(client, 'live');
    const { polls } = plant;
    // Ten polls would fit into it.
    plant.live.publish('late', 1);
    setTimeout(() => plant.live.publish('later', 1), 500);
    await next(client, 'message', ({ event }) => event === 'later');
    // One may have been on its way.
    assert.ok(plant.polls - polls <= 1, `${plant.polls - polls} polls`);
  });

  it('is offline while there is no server, and live once it is back', async () => {
    const client = plant.client();
    await becomes(client, 'live');
    const lost = next(client, 'lost');
    const offline = becomes(client, 'offline', ({ age }) => age !== null && age > 1000);
    await plant.halt();
    assert.ok(Math.abs((await lost).at - Date.now()) < 1000);
    const { transport, stale, reason, latency } = await offline;
    assert.deepEqual([transport, stale, latency], [null, true, null]);
    assert.equal(reason, 'the server cannot be reached');
    await plant.start();
    await becomes(client, 'live');
  });

  it('says why not even HTTP is answered, in the server’s words', async () => {
    plant.answers.set('GET /api/devices', () => ({
      status: 403,
      body: { error: 'not from here. Ask', code: 'forbidden', reason: 'not from here' },
    }));
    plant.refuseSocket();
    const client = plant.client();
    const { reason } = await becomes(client, 'offline');
    assert.equal(reason, 'not from here. Ask');
  });

  it('tells what changed while it was away, by value, status and state, also what is gone or new', async () => {
    plant.live.publish('devices/b', device('b', 1));
    plant.live.publish('devices/c', device('c', 1));
    plant.live.publish('devices/d', device('d', 1));
    const client = plant.client();
    await next(client, 'devices', (devices) => devices.size === 4);
    const lost = next(client, 'lost');
    plant.refuseSocket();
    await lost;
    await becomes(client, 'fallback');
    const publish = (topic: string, payload: unknown): void => plant.live.publish(topic, payload);
    publish('devices/a', device('a', 2));
    publish('devices/b', device('b', 1, { status: 'maintenance' }));
    publish('devices/c', device('c', 1, { last_update: '2026-01-01T00:00:09.000Z' }));
    publish('devices/d', null);
    publish('devices/e', device('e', 1));
    publish('relays/r', { id: 'r', state: true });
    publish('relays/s', { id: 's', state: true });
    // What the polls told meanwhile is news all the same.
    await next(client, 'relays', (relays) => relays.size === 2);
    const returned = next(client, 'returned');
    plant.attach();
    const { lostFor, devices, relays } = await returned;
    assert.deepEqual(
      [devices.toSorted(), relays.toSorted()],
      [
        ['a', 'b', 'd', 'e'],
        ['r', 's'],
      ],
    );
    assert.ok(lostFor > 0 && lostFor < 15_000);
  });

  it('is not back after the first connection, and nothing changed in a short cut', async () => {
    const client = plant.client();
    let returns = 0;
    client.on('returned', () => returns++);
    await next(client, 'devices');
    assert.equal(returns, 0);
    const returned = next(client, 'returned');
    plant.drop();
    assert.deepEqual({ ...(await returned), lostFor: 0 }, { lostFor: 0, devices: [], relays: [] });
    assert.equal(returns, 1);
  });

  it('is stale where a live connection falls silent, and counts the age', async () => {
    const clock = new FakeClock();
    const client = plant.client({}, clock);
    await becomes(client, 'live');
    if (!client.stats) await next(client, 'stats');
    clock.advance(4000);
    assert.deepEqual([client.connection.stale, client.connection.age], [false, 4000]);
    clock.advance(1000);
    assert.deepEqual([client.connection.stale, client.connection.age], [true, 4501]);
    const fresh = becomes(client, 'live', ({ stale }) => !stale);
    plant.live.publish('sign', 'of life');
    assert.equal((await fresh).age, 0);
  });

  it('hands on what flows push, and shows a refusal for a while', async () => {
    const clock = new FakeClock();
    const client = plant.client({}, clock);
    await becomes(client, 'live');
    const heard: string[] = [];
    client.on('message', ({ event }) => heard.push(event));
    const shift = next(client, 'message', ({ event }) => event === 'shift_update');
    const refused = next(client, 'connection', ({ reason }) => reason !== null);
    plant.live.publish('constructor', 1);
    plant.live.publish('refused', { code: 'limit', reason: 'too many events' });
    plant.live.publish('shift_update', { name: 'night' });
    assert.deepEqual(await shift, { event: 'shift_update', args: [{ name: 'night' }] });
    assert.equal((await refused).reason, 'too many events');
    assert.deepEqual(heard, ['constructor', 'shift_update']);
    clock.advance(11_000);
    assert.equal(client.connection.reason, null);
  });

  it('is not harmed by what is malformed, nor by listeners that throw', async () => {
    const client = plant.client();
    await next(client, 'stats');
    const { devices, relays, stats } = client;
    const said = console.error;
    console.error = () => undefined;
    client.on('message', () => {
      throw new Error('a page’s own fault');
    });
    for (const event of ['devices_update', 'relays_update', 'system_stats_update', 'refused', 'other'])
      for (const payload of [null, 5, 'x', [], {}, { devices: {} }, { relays: 7 }, { timestamp: [] }])
        plant.live.publish(event, payload);
    const end = next(client, 'message', ({ event }) => event === 'end');
    plant.live.publish('end', 1);
    await end;
    console.error = said;
    assert.equal(client.connection.state, 'live');
    assert.deepEqual([client.devices, client.relays, client.stats], [devices, relays, stats]);
  });
});
