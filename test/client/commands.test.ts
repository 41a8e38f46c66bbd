import assert from 'node:assert/strict';
import type { Client } from '../../client/types.ts';
import { becomes, device, next, Plant } from './serving.ts';

describe('what the browser client sends', function () {
  this.timeout(20_000);
  let plant: Plant;
  /** What arrived on the socket; each is acknowledged. */
  let arrived: { relay: string; payload: Record<string, unknown> }[];
  beforeEach(async () => {
    plant = new Plant();
    arrived = [];
    plant.live.events.on('command', ({ session, ack, relay, payload }) => {
      arrived.push({ relay, payload });
      plant.live.acknowledge(session, ack!, { ok: true, code: 'done', relay, state: true, id: payload.id });
    });
    await plant.start();
  });
  afterEach(() => plant.stop());

  const fallenBack = async (options = {}): Promise<Client> => {
    plant.refuseSocket();
    const client = plant.client(options);
    await becomes(client, 'fallback');
    return client;
  };

  it('is a command with its own id and time to live, and the answer is the result', async () => {
    const client = plant.client({ commandWithin: 3000 });
    await becomes(client, 'live');
    const { id, ...result } = await client.command('r', 'on');
    assert.deepEqual(result, { ok: true, code: 'done', relay: 'r', state: true });
    const second = await client.command('r', 'on');
    assert.notEqual(second.id, id);
    const { relay, payload } = arrived[0]!;
    const { issued, ...said } = payload;
    assert.deepEqual([relay, said, typeof issued], ['r', { action: 'on', id, ttl: 3000 }, 'number']);
  });

  it('says over HTTP, too, when it was given, by the clock that the server tells in its answers', async () => {
    plant.speaksV2 = true;
    plant.clocks = { now: 5e9, time: Date.now() };
    const said = { status: 200, body: { ok: true, code: 'done', state: true } };
    for (const path of ['r', 'r/mode', 'r/lock']) plant.answers.set(`POST /api/relays/${path}`, () => said);
    const client = await fallenBack({ pollEach: 60_000 });
    for (const action of ['on', 'hand', 'unlock'] as const) await client.command('r', action);
    assert.equal(plant.posted.length, 3);
    for (const { body } of plant.posted) {
      const { issued, ttl } = body as { issued: number; ttl: number };
      assert.ok(issued >= 5e9 && issued < 5e9 + 60_000, String(issued));
      assert.equal(ttl, 5000);
    }
  });

  it('is nothing while offline, and nothing later', async () => {
    await plant.halt();
    const client = plant.client();
    for (const state of ['connecting', 'offline'] as const) {
      await becomes(client, state);
      const { ok, code, reason } = await client.command('r', 'on');
      assert.deepEqual([ok, code, reason], [false, 'unavailable', 'not connected, so nothing was sent']);
      await assert.rejects(client.setValue('a', 2), /nothing was sent/);
      await assert.rejects(client.setStatus('a', 'error'), /nothing was sent/);
    }
    await plant.start();
    await becomes(client, 'live');
    // A server hears in order: had anything been kept, it would be here before this.
    await client.command('s', 'on');
    assert.deepEqual(
      arrived.map(({ relay }) => relay),
      ['s'],
    );
    assert.deepEqual(plant.posted, []);
  });

  it('is nothing between losing the connection and the first answer over HTTP', async () => {
    const client = plant.client();
    await becomes(client, 'live');
    const result = new Promise((resolve) => client.on('lost', () => resolve(client.command('r', 'on'))));
    plant.drop();
    assert.equal(((await result) as { code: string }).code, 'unavailable');
  });

  it('goes over HTTP while falling back, and asks what became of it', async () => {
    plant.answers.set('POST /api/relays/a%2Fb', (_request, body) => {
      plant.live.publish('relays/a/b', { id: 'a/b', state: true });
      return {
        status: 200,
        body: { status: 'a/b turned on', ok: true, code: 'done', state: true, ...Object(body) },
      };
    });
    const client = await fallenBack({ pollEach: 60_000 });
    const told = next(client, 'relays', (relays) => relays.get('a/b')?.state === true);
    const { id, ...result } = await client.command('a/b', 'on');
    assert.deepEqual(result, { ok: true, code: 'done', relay: 'a/b', state: true });
    assert.deepEqual(plant.posted, [{ path: '/api/relays/a%2Fb', body: { action: 'on', id, ttl: 5000 } }]);
    await told;
  });

  for (const [action, options, body] of [
    ['trip', { reason: 'tank empty' }, { relay: 'a/b', action: 'trip', reason: 'tank empty' }],
    ['reset', {}, { relay: 'a/b', action: 'reset' }],
  ] as const) {
    it(`sends ${action} over HTTP as the command that it is`, async () => {
      plant.answers.set('POST /api/v2/command', () => ({
        status: 200,
        body: { ok: true, code: 'done', relay: 'a/b', state: false },
      }));
      const client = await fallenBack();
      const { id, ok } = await client.command('a/b', action, options);
      assert.equal(ok, true);
      assert.deepEqual(plant.posted, [{ path: '/api/v2/command', body: { ...body, id, ttl: 5000 } }]);
    });
  }

  it('brings back why not, in the server’s words', async () => {
    const reason = 'relay r is locked';
    plant.answers.set('POST /api/relays/r', () => ({
      status: 409,
      body: { error: `${reason}. Unlock it`, code: 'locked', reason, state: false },
    }));
    const client = await fallenBack();
    const { id: _, ...result } = await client.command('r', 'on');
    assert.deepEqual(result, { ok: false, code: 'locked', relay: 'r', state: false, reason });
  });

  it('does not know what became of a command that nobody answers', async () => {
    plant.answers.set('POST /api/relays/r', () => 'silence');
    const client = await fallenBack({ commandWithin: 100 });
    const { ok, code, reason } = await client.command('r', 'on');
    assert.deepEqual([ok, code], [false, 'timeout']);
    assert.match(reason!, /within 100 ms.*not known whether it was executed/);
    assert.equal(plant.posted.length, 1);
  });

  it('never rejects a command, whatever its relay is called', async () => {
    const client = await fallenBack();
    for (const relay of ['', '..', '\ud800', '__proto__'])
      assert.equal((await client.command(relay, 'on')).ok, false, relay);
  });

  for (const way of ['live', 'fallback'] as const) {
    it(`writes devices over HTTP while ${way}, and knows with the next update`, async () => {
      const written = device('a', 7, { status: 'maintenance', last_update: '2026-01-01T00:00:05.000Z' });
      for (const what of ['value', 'status'])
        plant.answers.set(`POST /api/devices/a/${what}`, () => {
          plant.live.publish('devices/a', written);
          return { status: 200, body: { message: 'Device updated', device: written } };
        });
      const client = way === 'fallback' ? await fallenBack() : plant.client();
      await becomes(client, way);
      const known = next(client, 'devices', (devices) => devices.get('a')?.value === 7);
      assert.equal((await client.setValue('a', 7)).value, 7);
      await known;
      assert.equal((await client.setStatus('a', 'maintenance')).status, 'maintenance');
      assert.deepEqual(
        plant.posted.map(({ body }) => body),
        [{ value: 7 }, { status: 'maintenance' }],
      );
    });
  }

  it('takes what it wrote for nothing that the server has told, because fields are of what was told', async () => {
    plant.speaksV2 = true;
    plant.answers.set('POST /api/devices/a/status', () => ({
      status: 200,
      body: { device: device('a', 1, { status: 'maintenance', last_update: '2026-01-01T00:00:05.000Z' }) },
    }));
    const client = plant.client();
    await becomes(client, 'live');
    if (client.devices.size === 0) await next(client, 'devices');
    await client.setStatus('a', 'maintenance');
    const later = '2026-01-01T00:00:06.000Z';
    const told = next(client, 'devices', (devices) => devices.get('a')?.last_update === later);
    // It was put back before anybody was told.
    plant.live.publish('devices/a', device('a', 1, { last_update: later }));
    assert.equal((await told).get('a')?.status, 'active');
  });

  it('says why a device was not written', async () => {
    plant.answers.set('POST /api/devices/x/value', () => ({
      status: 404,
      body: { error: 'there is no device "x"', code: 'unknown-device' },
    }));
    const client = plant.client();
    await becomes(client, 'live');
    await assert.rejects(client.setValue('x', 1), new RegExp('^Refused: there is no device "x"$'));
  });
});
