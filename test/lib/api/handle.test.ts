import assert from 'node:assert/strict';
import { notFound } from '../../../lib/api/handle.ts';
import type { AuditPage } from '../../../lib/plant/audit.ts';
import type { Plant } from '../../../lib/plant/plant.ts';
import type { Verification } from '../../../lib/store/log.ts';
import type { OneRelay } from './board.ts';
import { AT, fails, startDesk, STATS, type Desk } from './desk.ts';

describe('the HTTP contract', () => {
  let desk: Desk;
  let plant: Plant;
  let board: OneRelay;
  beforeEach(async () => ({ plant, board } = desk = await startDesk()));
  const call: Desk['call'] = (...args) => desk.call(...args);
  const post: Desk['post'] = (...args) => desk.post(...args);

  it('lists devices, and tells one', async () => {
    const list = await call('GET', '/devices');
    assert.equal(list.status, 200);
    assert.deepEqual(list.body, { devices: [plant.devices.get('sensor_001')], count: 1, timestamp: AT });
    assert.deepEqual(await call('GET', '/devices/sensor_001'), {
      status: 200,
      body: plant.devices.get('sensor_001'),
    });
    assert.deepEqual(await call('HEAD', '/devices'), list);
  });

  it('tells the state of health in three numbers, and what is not known as null', async () => {
    assert.deepEqual((await call('GET', '/health')).body, {
      status: 'healthy',
      timestamp: AT,
      system: { cpu_percent: 12, memory_percent: 34, disk_percent: 56 },
    });
    desk.stats = { cpu: null };
    const { system } = (await call('GET', '/health')).body as { system: object };
    assert.deepEqual(system, { cpu_percent: null, memory_percent: null, disk_percent: null });
  });

  it('is degraded while its storage is late or failed', async () => {
    for (const storage of ['late', 'failed'] as const) {
      desk.context = { ...desk.context, storage };
      const { status, body } = await call('GET', '/health');
      assert.equal(status, 200);
      assert.deepEqual(body, {
        status: 'degraded',
        storage,
        timestamp: AT,
        system: { cpu_percent: 12, memory_percent: 34, disk_percent: 56 },
      });
    }
  });

  it('is degraded by what is wrong in the plant, and says what', async () => {
    const problems = [{ what: 'relay', id: 'relay1', reason: 'tripped: tank empty' }];
    desk.context = { ...desk.context, problems: () => Promise.resolve(problems) };
    assert.deepEqual((await call('GET', '/health')).body, {
      status: 'degraded',
      problems,
      timestamp: AT,
      system: { cpu_percent: 12, memory_percent: 34, disk_percent: 56 },
    });
    const many = Array.from({ length: 130 }, () => problems[0]!);
    desk.context = { ...desk.context, problems: () => Promise.resolve(many) };
    const { problems: told, more } = (await call('GET', '/health')).body as {
      problems: unknown[];
      more: number;
    };
    assert.deepEqual([told.length, more], [100, 30]);
  });

  it('is degraded where nobody samples the host any more', async () => {
    desk.stats = { ...STATS, timestamp: '2025-12-31T21:59:59.000Z' };
    const { status, problems } = (await call('GET', '/health')).body as Record<string, unknown>;
    assert.equal(status, 'degraded');
    assert.deepEqual(problems, [
      { what: 'statistics', reason: 'the last sample is of 2025-12-31T21:59:59.000Z' },
    ]);
  });

  it('has no statistics before the first sample', async () => {
    assert.deepEqual((await call('GET', '/system/stats')).body, STATS);
    desk.stats = undefined;
    fails(await call('GET', '/system/stats'), 503, 'unavailable', /system stats node/);
    fails(await call('GET', '/health'), 503, 'unavailable');
  });

  it('tells its configuration', async () => {
    assert.deepEqual((await call('GET', '/config')).body, desk.context.config);
  });

  it('writes a value of each type the contract has', async () => {
    for (const value of [0, -1.5, 'running', '', true, false, null]) {
      const { status, body } = await post('/devices/sensor_001/value', { value });
      assert.equal(status, 200);
      const device = plant.devices.get('sensor_001');
      // The plant of these tests is in memory.
      assert.deepEqual(body, { message: 'Device value updated', device, durable: false });
      assert.equal(plant.devices.get('sensor_001')?.value, value);
    }
  });

  it('writes a status', async () => {
    for (const status of ['inactive', 'error', 'maintenance', 'active']) {
      const answer = await post('/devices/sensor_001/status', { status });
      assert.deepEqual(answer.body, {
        message: 'Device status updated',
        device: plant.devices.get('sensor_001'),
        durable: false,
      });
      assert.equal(plant.devices.get('sensor_001')?.status, status);
    }
  });

  it('takes the time at the source and the quality with a value', async () => {
    const body = { value: 5, timestamp: '2026-01-01T03:30:00+03:30', quality: 'bad' };
    assert.equal((await post('/devices/sensor_001/value', body)).status, 200);
    const { value, quality, source_time } = plant.devices.get('sensor_001')!;
    assert.deepEqual([value, quality, source_time], [5, 'bad', AT]);
  });

  it('knows a device by its name in either form', async () => {
    plant.devices.write({ id: 'دمای\u200cسالن', value: 1 });
    const path = `/devices/${encodeURIComponent('دمايسالن')}`;
    assert.equal(((await call('GET', path)).body as { id?: string }).id, 'دمای\u200cسالن');
    assert.equal((await post(`${path}/value`, { value: 2 })).status, 200);
    assert.equal(plant.devices.get('دمای\u200cسالن')?.value, 2);
    assert.equal(plant.devices.size, 2);
  });

  it('takes a value of an hour ago, and one without a value as such', async () => {
    const hourAgo = new Date(Date.parse(AT) - 3_600_000).toISOString();
    await post('/devices/sensor_001/value', { value: 1, timestamp: hourAgo, quality: 'bad' });
    const { value, quality, source_time } = plant.devices.get('sensor_001')!;
    assert.deepEqual([value, quality, source_time], [1, 'bad', hourAgo]);
    await post('/devices/sensor_001/value', { value: '' });
    const none = plant.devices.get('sensor_001')!;
    assert.deepEqual([none.value, none.quality, none.reason], ['', 'bad', 'the source sent an empty text']);
  });

  for (const [path, name, body] of [
    ['/devices/sensor_001/value', 'id', '{"value": 5, "id": "x"}'],
    ['/devices/sensor_001/value', 'status', '{"value": 5, "status": "error"}'],
    ['/devices/sensor_001/value', 'time_stamp', '{"value": 5, "time_stamp": 1}'],
    ['/devices/sensor_001/value', '__proto__', '{"value": 5, "__proto__": {"type": "p"}}'],
    ['/devices/sensor_001/status', 'value', '{"status": "error", "value": 5}'],
    ['/devices/sensor_001/status', 'timestamp', '{"status": "error", "timestamp": 1767225600000}'],
    ['/relays/relay1', 'pulse', '{"action": "on", "pulse": 5}'],
    ['/relays/relay1', '__proto__', '{"action": "on", "__proto__": {"force": true}}'],
    ['/relays/relay1/mode', 'for', '{"mode": "hand", "for": 5}'],
    ['/relays/relay1/lock', 'until', '{"locked": true, "why": "x", "until": 5}'],
    ['/relays/relay1/lock', 'why', '{"locked": false, "why": "x"}'],
    ['/v2/command', 'delay', '{"relay": "relay1", "action": "on", "delay": 5}'],
  ] as const) {
    it(`refuses ${name}, by its name, in ${body} at ${path}`, async () => {
      const before = plant.devices.get('sensor_001');
      fails(await post(path, JSON.parse(body)), 400, 'invalid', new RegExp(`\\b${name}\\b`));
      assert.equal(plant.devices.get('sensor_001'), before);
      assert.deepEqual(board.heard, []);
    });
  }

  it('takes an id and a time to live with whatever says who has a relay, as the client for browsers sends them', async () => {
    for (const [path, body, action] of [
      ['/relays/relay1/mode', { mode: 'auto' }, 'auto'],
      ['/relays/relay1/lock', { locked: true, why: 'new belt' }, 'lock'],
      ['/v2/command', { relay: 'relay1', action: 'trip', reason: 'tank empty' }, 'trip'],
      ['/v2/command', { relay: 'relay1', action: 'reset' }, 'reset'],
    ] as const) {
      assert.equal((await post(path, { ...body, id: `c-${action}`, ttl: 5000 })).status, 200, path);
      const command = board.heard.at(-1)!;
      assert.deepEqual([command.action, command.id, command.ttl], [action, `c-${action}`, 5000]);
    }
    assert.equal(board.heard[2]?.why, 'tank empty');
  });

  for (const code of ['tripped'] as const) {
    it(`answers 409 where it is ${code}`, async () => {
      board.refuses = code;
      fails(await post('/relays/relay1', { action: 'on' }), 409, code, new RegExp(code));
    });
  }

  const wrong: [string, unknown][] = [
    ['/devices/sensor_001/value', {}],
    ['/devices/sensor_001/value', { Value: 1 }],
    ['/devices/sensor_001/value', { value: {} }],
    ['/devices/sensor_001/value', { value: [1] }],
    ['/devices/sensor_001/value', { value: 'x'.repeat(60_000) }],
    ['/devices/sensor_001/value', undefined],
    ['/devices/sensor_001/value', null],
    ['/devices/sensor_001/value', [1]],
    ['/devices/sensor_001/value', 'text'],
    ['/devices/sensor_001/status', {}],
    ['/devices/sensor_001/status', { status: 'Active' }],
    ['/devices/sensor_001/status', { status: 'constructor' }],
    ['/devices/sensor_001/status', { status: null }],
    ['/devices/sensor_001/status', { status: 1 }],
    ['/relays/relay1', {}],
    ['/relays/relay1', { action: 'toggle' }],
    ['/relays/relay1', { action: '' }],
    ['/relays/relay1', { action: true }],
    ['/relays/relay1', { action: null }],
    ['/relays/relay1', { action: ['on'] }],
    ['/relays/relay1', { action: 'on', for: 0 }],
    ['/relays/relay1', { action: 'lock', why: 'x' }],
    ['/relays/relay1/mode', {}],
    ['/relays/relay1/mode', { mode: 'on' }],
    ['/relays/relay1/lock', { locked: 'yes' }],
    ['/relays/relay1/lock', { locked: true }],
    ['/v2/command', { relay: 'relay1', action: 'trip' }],
    ['/v2/command', { relay: 'relay1', action: 'reset', reason: 'x' }],
    ['/relays/relay1/mode', { mode: 'auto', id: '' }],
    ['/relays/relay1', { action: 'on', ttl: -1 }],
    ['/relays/relay1', { action: 'on', id: '' }],
    ['/relays/relay1', { action: 'on', id: 'x'.repeat(10_000) }],
    ['/relays/relay1', null],
  ];
  for (const [path, body] of wrong) {
    it(`refuses ${JSON.stringify(body)?.slice(0, 50)} at ${path}`, async () => {
      const before = plant.devices.get('sensor_001');
      const { status, body: told } = await post(path, body);
      assert.equal(status, 400);
      assert.ok(String((told as Record<string, unknown>)['error']).length < 300);
      assert.equal(plant.devices.get('sensor_001'), before);
      assert.deepEqual(board.heard, []);
    });
  }

  for (const id of [
    'none',
    '__proto__',
    'constructor',
    '..%2Fx',
    '%00',
    '%F0%9F%98%80',
    'x'.repeat(10_000),
  ]) {
    it(`knows nothing called ${id.slice(0, 20)}`, async () => {
      fails(await call('GET', `/devices/${id}`), 404, 'unknown-device');
      fails(await post(`/devices/${id}/value`, { value: 1 }), 404, 'unknown-device');
      fails(await post(`/devices/${id}/status`, { status: 'active' }), 404, 'unknown-device');
      fails(await post(`/relays/${id}`, { action: 'on' }), 404, 'unknown-relay');
      assert.equal(plant.devices.size, 1);
    });
  }

  it('switches in any letter case, and tells who and from where', async () => {
    for (const [action, state] of [
      ['on', true],
      ['OFF', false],
      ['oN', true],
    ] as const) {
      const { status, body } = await post('/relays/relay1', { action, id: `c-${action}`, ttl: 500 });
      const told = body as Record<string, unknown>;
      assert.deepEqual(
        [status, told['status'], told['ok'], told['state'], told['id']],
        [200, `relay1 turned ${action.toLowerCase()}`, true, state, `c-${action}`],
      );
    }
    const { by, from, ttl, relay, action } = board.heard[1]!;
    assert.deepEqual([by, from, ttl, relay, action], ['loopback', '127.0.0.1', 500, 'relay1', 'off']);
    assert.deepEqual((await call('GET', '/relays')).body, {
      relays: { relay1: true },
      info: plant.relays.list(),
    });
  });

  it('passes on what a board refuses, with the status that says it', async () => {
    for (const [code, status] of [
      ['expired', 409],
      ['unavailable', 503],
      ['forbidden', 403],
    ] as const) {
      board.refuses = code;
      fails(await post('/relays/relay1', { action: 'on' }), status, code, /it is/);
    }
  });

  it('names for the log by which way it was asked to switch', async () => {
    await post('/relays/relay1', { action: 'on' });
    const { via, cause } = board.heard[0]!;
    assert.equal(via, 'http');
    assert.deepEqual(cause, [{ kind: 'client', by: 'loopback', from: '127.0.0.1' }]);
  });

  it('does not know right after a start whether there is a device or a relay that was not told yet', async () => {
    desk.isSettled = false;
    const calls: [string, string, object?][] = [
      ['GET', '/devices/none'],
      ['POST', '/devices/none/value', { value: 1 }],
      ['POST', '/devices/none/status', { status: 'error' }],
      ['POST', '/relays/none', { action: 'on' }],
      ['POST', '/relays/none/mode', { mode: 'hand' }],
      ['POST', '/relays/none/lock', { locked: false }],
      ['POST', '/v2/command', { relay: 'none', action: 'on' }],
    ];
    for (const [method, path, body] of calls) {
      fails(await call(method, path, body), 503, 'unavailable', /is starting.*Ask again/);
    }
    assert.equal((await call('GET', '/devices/sensor_001')).status, 200);
    desk.isSettled = true;
    for (const [method, path, body] of calls) {
      fails(
        await call(method, path, body),
        404,
        path.startsWith('/dev') ? 'unknown-device' : 'unknown-relay',
      );
    }
  });

  it('keeps what it writes before it logs it, and says whether that is there for good', async () => {
    const order: string[] = [];
    desk.context = {
      ...desk.context,
      keep: (id) => void order.push(`keep ${id} ${String(plant.devices.get(id)!.value)}`),
      log: (entry) => {
        order.push(`log ${entry.what}`);
        return Promise.resolve(order.length <= 2);
      },
    };
    const value = await post('/devices/sensor_001/value', { value: 22 });
    const status = await post('/devices/sensor_001/status', { status: 'error' });
    assert.deepEqual(order, ['keep sensor_001 22', 'log value', 'keep sensor_001 22', 'log status']);
    assert.deepEqual(
      [value, status].map(({ body }) => (body as { durable: unknown }).durable),
      [true, false],
    );
  });

  it('logs what it writes, and what was refused there', async () => {
    await post('/devices/sensor_001/value', { value: 22 });
    await post('/devices/sensor_001/status', { status: 'maintenance' });
    await post('/devices/sensor_001/value', { value: 'x'.repeat(1000) });
    await post('/devices/sensor_001/value', { value: ['secret'] });
    await post('/devices/none/value', { value: 1 });
    const { entries } = (await call('GET', '/audit', undefined, { kind: 'write' })).body as AuditPage;
    const who = {
      seq: 0,
      seal: '',
      at: AT,
      kind: 'write',
      by: 'loopback',
      from: '127.0.0.1',
      via: 'http',
      device: 'sensor_001',
    };
    assert.deepEqual(
      entries.toReversed().map((entry) => ({ ...entry, seq: 0, seal: '' })),
      [
        { ...who, what: 'value', before: 21, after: 22, result: 'done' },
        { ...who, what: 'status', before: 'active', after: 'maintenance', result: 'done' },
        { ...who, what: 'value', before: 22, after: `${'x'.repeat(200)}…`, result: 'done' },
        {
          ...who,
          what: 'value',
          before: `${'x'.repeat(200)}…`,
          after: 'an array',
          result: 'invalid',
          reason: 'value must be a finite number, text, true, false or null, not an array',
        },
      ],
    );
  });

  it('reads the log page by page, and holds it against its seals', async () => {
    for (const value of [1, 2, 3]) await post('/devices/sensor_001/value', { value });
    const first = (await call('GET', '/audit', undefined, { limit: '2' })).body as AuditPage;
    assert.deepEqual(
      first.entries.map(({ seq, after }) => [seq, after]),
      [
        [3, 3],
        [2, 2],
      ],
    );
    const second = (await call('GET', '/audit', undefined, { limit: '2', before: first.next }))
      .body as AuditPage;
    assert.deepEqual([second.entries.map(({ seq }) => seq), second.next], [[1], null]);
    assert.deepEqual(second.head, { seq: 3, seal: first.entries[0]!.seal });
    const expected = { seq: String(first.head.seq), seal: first.head.seal };
    for (const query of [{}, expected]) {
      const { status, body } = await call('GET', '/audit/verify', undefined, query);
      assert.deepEqual([status, body], [200, { ok: true, entries: 3, head: first.head, breaks: [] }]);
    }
    const { ok } = (await call('GET', '/audit/verify', undefined, { ...expected, seal: '0'.repeat(64) }))
      .body as Verification;
    assert.equal(ok, false);
    for (const query of [{ limit: '501' }, { kind: 'x' }, { since: 'x' }, { secret: '1' }]) {
      fails(await call('GET', '/audit', undefined, query), 400, 'invalid');
    }
    fails(await call('GET', '/audit/verify', undefined, { seq: '1' }), 400, 'invalid');
    fails(await post('/audit', {}), 404, 'unknown-method');
  });

  it('is degraded while its log is broken', async () => {
    desk.context = { ...desk.context, audit: { ...desk.context.audit, state: 'broken' } };
    const { status, audit } = (await call('GET', '/health')).body as Record<string, unknown>;
    assert.deepEqual([status, audit], ['degraded', 'broken']);
  });

  it('hides from writers what is hidden from readers', async () => {
    desk.hidden.add('sensor_001').add('relay1');
    fails(await call('GET', '/devices/sensor_001'), 404, 'unknown-device');
    fails(await post('/devices/sensor_001/value', { value: 1 }), 404, 'unknown-device');
    fails(await post('/relays/relay1', { action: 'on' }), 404, 'unknown-relay');
    fails(await call('GET', '/relays'), 501, 'unavailable', /not available/);
    assert.deepEqual(board.heard, []);
  });

  it('turns what goes wrong inside into an answer that says nothing of it', async () => {
    board.fails = new Error('the inside of the house');
    const answer = await post('/relays/relay1', { action: 'on' });
    fails(answer, 500, 'unexpected');
    assert.equal(answer.cause, board.fails);
    assert.doesNotMatch(JSON.stringify(answer.body), /house/);
  });

  it('serves nothing else', async () => {
    fails(await call('GET', '/none'), 404, 'unknown-path');
    const wrongMethod = await call('PUT', '/devices/sensor_001/value', { value: 1 });
    fails(wrongMethod, 404, 'unknown-method', /POST/);
    assert.deepEqual(wrongMethod.headers, { Allow: 'POST' });
    assert.deepEqual(notFound('PUT', '/devices/sensor_001/value'), wrongMethod);
    fails(await call('GET', '/devices/%'), 400, 'invalid');
  });
});
