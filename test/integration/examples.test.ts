import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connect, open, post, request } from './clients.ts';
import { Example } from './example.ts';
import { startNodeRed, type NodeRed } from './harness.ts';

interface Device {
  readonly id: string;
  readonly value: unknown;
  readonly status: string;
  readonly attributes: Record<string, unknown>;
}

describe('each example does what it shows', function () {
  this.timeout(30_000);
  let red: NodeRed;
  let example: Example;
  before(async () => {
    red = await startNodeRed();
  });
  after(() => red.stop());

  it('plant: a file is there again where memory begins anew', async () => {
    example = await Example.deploy(red, 'plant');
    for (const row of ['memory', 'file']) {
      for (const count of [1, 2]) {
        await example.ask(`${row}-count`, `${row}-show`);
        assert.equal(example.messages(`${row}-write`).at(-1)?.payload, count, row);
      }
    }
    assert.deepEqual(example.close(), []);
    assert.ok(existsSync(join(red.userDir, 'example-plant.db')));

    await red.deploy([{ id: 'empty', type: 'tab', label: 'empty' }]);
    example = await Example.deploy(red, 'plant');
    await example.ask('memory-count', 'memory-show');
    await example.ask('file-count', 'file-show');
    assert.equal(example.messages('memory-write').at(-1)?.payload, 1);
    assert.equal(example.messages('file-write').at(-1)?.payload, 3);
    assert.deepEqual(example.close(), []);
  });

  it('board: eight channels go on, and off, and are read back', async () => {
    example = await Example.deploy(red, 'board');
    const states = async (): Promise<boolean[]> => {
      const { payload } = await example.ask('ask', 'all');
      return (payload as { state: boolean }[]).map(({ state }) => state);
    };
    assert.deepEqual(await states(), Array<boolean>(8).fill(false));
    for (const [button, on] of [
      ['on', true],
      ['toggle', false],
      ['toggle', true],
      ['off', false],
    ] as const) {
      const before = example.messages('result').length;
      await example.press(button);
      await example.got('result', () => example.messages('result').length === before + 8);
      const results = example.messages('result').slice(before) as { payload: Record<string, unknown> }[];
      for (const { payload } of results)
        assert.deepEqual([payload['code'], payload['state'], payload['simulated']], ['done', on, true]);
      assert.deepEqual(await states(), Array<boolean>(8).fill(on));
    }
    const last = new Map(example.messages('state').map(({ topic, payload }) => [topic, payload]));
    assert.equal(last.size, 8);
    assert.deepEqual([...last.values()], Array<boolean>(8).fill(false));
    assert.deepEqual(example.close(), []);
  });

  it('server: a page of the allowed origin comes in, another one does not, and all get the greeting', async () => {
    example = await Example.deploy(red, 'server');
    const from = (origin: string): object => ({
      path: '/example-server/socket.io',
      transports: ['websocket'],
      reconnection: false,
      extraHeaders: { origin },
    });
    const allowed = await connect(red.url, 'websocket', from('https://panel.example.com'));
    const come = await example.got('come');
    assert.equal((come.payload as { address: string }).address, '127.0.0.1');
    const refused = open(red.url, from('https://other.example.com'));
    assert.match(JSON.stringify((await example.got('refused')).payload), /other\.example\.com/);
    const greeting = allowed.next<string>('hello');
    await example.press('hello');
    assert.equal(await greeting, 'Hello');
    allowed.close();
    await example.got('go');
    refused.close();
    const log = example.close();
    assert.ok(log.length > 0 && log.every((line) => line.includes('other.example.com')), log.join('\n'));
  });

  it('relay: states, results, a duplicate, and a relay that is not there', async () => {
    example = await Example.deploy(red, 'relay');
    await example.got('state', ({ payload }) => payload === false);
    for (const [button, code, state] of [
      ['on', 'done', true],
      ['on', 'unchanged', true],
      ['off', 'done', false],
      ['toggle', 'done', true],
    ] as const) {
      const result = (await example.ask(button, 'result')).payload as Record<string, unknown>;
      assert.deepEqual([result['code'], result['state']], [code, state], button);
    }
    assert.equal(example.messages('state').at(-1)?.payload, true);
    await example.ask('off', 'result');
    const order = async (): Promise<unknown[]> => {
      const result = (await example.ask('order', 'order-result')).payload as Record<string, unknown>;
      return [result['id'], result['code'], result['state']];
    };
    assert.deepEqual(await order(), ['order-42', 'done', true]);
    assert.deepEqual(await order(), ['order-42', 'duplicate', true]);
    const toggled = async (button: string): Promise<unknown> =>
      ((await example.ask(button, 'topic-result')).payload as Record<string, unknown>)['code'];
    assert.equal(await toggled('fan-topic'), 'done');
    await example.got('topic-state', ({ topic, payload }) => topic === 'fan' && payload === true);
    assert.equal(await toggled('nobody'), 'unknown-relay');
    assert.deepEqual(example.close(), []);
  });

  it('io: a far end that works, is unplugged, is held, and works again', async () => {
    example = await Example.deploy(red, 'io');
    await example.got('state', ({ topic, payload }) => topic === 'fan' && payload === false);
    const asked = async (button: string): Promise<unknown[]> => {
      const { code, state, verified } = (await example.ask(button, 'result')).payload as Record<
        string,
        unknown
      >;
      return [code, state, verified];
    };
    assert.deepEqual(await asked('pump-on'), ['done', true, 'line']);
    assert.deepEqual(await asked('fan-toggle'), ['done', true, 'line']);
    const wrote = example.messages('far').at(-1);
    assert.deepEqual([wrote?.topic, wrote?.payload, wrote?.factory?.line], ['fan', false, 1]);
    await example.press('hold');
    assert.deepEqual(await asked('pump-off'), ['readback-mismatch', true, 'line']);
    await example.press('unplug');
    await example.got('io', ({ ['online']: online }) => online === false);
    assert.deepEqual(await asked('pump-off'), ['unavailable', null, null]);
    const before = example.messages('state').length;
    await example.press('plug');
    await example.got('state', () => example.messages('state').length >= before + 2);
    const back = example.messages('state').slice(before);
    assert.deepEqual(
      back.map(({ topic, payload }) => [topic, payload]),
      [
        ['pump', true],
        ['fan', true],
      ],
    );
    assert.deepEqual(await asked('pump-off'), ['done', false, 'line']);
    const log = example.close();
    assert.equal(log.length, 1);
    assert.match(log[0]!, /not available: the far end failed: it is offline/);
  });

  it('device: a value, an object, an array, and one by topic', async () => {
    example = await Example.deploy(red, 'device');
    await example.ask('value', 'stored-value');
    await example.ask('object', 'stored-any');
    await example.ask('many', 'stored-any');
    await example.ask('topic', 'stored-topic');
    const devices = (await example.ask('ask', 'devices')).payload as Device[];
    const byId = new Map(devices.map((device) => [device.id, device]));
    assert.equal(byId.get('boiler')?.value, 21.5);
    assert.equal(byId.get('press')?.status, 'maintenance');
    assert.deepEqual(byId.get('press')?.attributes, { hall: 'A' });
    assert.equal(byId.get('meter_3')?.value, 300);
    assert.deepEqual(byId.get('pump7')?.attributes, { area: 'hall1' });
    assert.equal(byId.size, 6);
    assert.deepEqual(example.close(), []);
  });

  it('input: a door feeds a device, a button toggles a lamp, and a contact verifies a motor', async () => {
    example = await Example.deploy(red, 'input');
    await example.ask('open', 'door-shown');
    const door = async (): Promise<unknown[]> => {
      const devices = (await example.ask('ask', 'device')).payload as (Device & { quality: string })[];
      return devices.map(({ id, value, quality }) => [id, value, quality]);
    };
    assert.deepEqual(await door(), [['door', true, 'good']]);
    const lost = (await example.ask('broken', 'door-lost')) as { error?: { message: string } };
    assert.match(lost.error?.message ?? '', /^door: the message says that its value is bad/);
    assert.deepEqual(await door(), [['door', true, 'bad']]);
    const closed = await example.ask('closed', 'door-shown');
    assert.deepEqual([closed.topic, closed.payload, closed.factory?.previous], ['door', false, null]);

    // The first level counts at once, each change after 50 ms.
    await example.press('release');
    for (const state of [true, false]) {
      const result = (await example.ask('press', 'lamp-result')).payload as Record<string, unknown>;
      assert.deepEqual([result['code'], result['state']], ['done', state]);
      const released = example.messages('pressed').length;
      await example.press('release');
      await example.got('pressed', () => example.messages('pressed').length > released);
    }

    const motor = async (button: string): Promise<unknown[]> => {
      const result = (await example.ask(button, 'motor-result')).payload as Record<string, unknown>;
      return [result['code'], result['state'], result['verified']];
    };
    assert.deepEqual(await motor('on'), ['done', true, 'contact']);
    assert.deepEqual(await motor('off'), ['done', false, 'contact']);
    await example.press('stuck');
    assert.deepEqual(await motor('on'), ['readback-mismatch', true, 'line']);
    assert.deepEqual(example.close(), []);
  });

  it('device: what is refused reaches the catch node, and the rest is stored', async () => {
    example = await Example.deploy(red, 'device');
    await example.ask('wrong', 'refused');
    const { error } = example.messages('refused')[0] as { error?: { message: string } };
    assert.match(error?.message ?? '', /1 of 2 refused/);
    const devices = (await example.ask('ask', 'devices')).payload as Device[];
    assert.equal(devices.find(({ id }) => id === 'meter_1')?.value, 150);
    assert.deepEqual(example.close(), []);
  });

  it('query: finds by type, status, attributes and text, and refuses a wrong filter', async () => {
    example = await Example.deploy(red, 'query');
    await example.got('devices');
    const ids = async (button: string): Promise<string[]> =>
      ((await example.ask(button, 'found')).payload as Device[]).map(({ id }) => id);
    assert.deepEqual(await ids('type'), ['p1', 'p2']);
    assert.deepEqual(await ids('status'), ['p2']);
    assert.deepEqual(await ids('hall'), ['t2']);
    assert.deepEqual(await ids('none'), ['t1', 't2', 'p1', 'p2', 'm1']);
    await example.ask('wrong', 'refused');
    await example.press('running');
    await example.got('one', ({ parts }) => (parts as { index: number }).index === 2);
    assert.deepEqual(
      example.messages('one').map(({ topic }) => topic),
      ['devices/t1', 'devices/p1', 'devices/m1'],
    );
    assert.deepEqual(example.close(), []);
  });

  it('changes: everything, the pumps alone, and what is above 100', async () => {
    example = await Example.deploy(red, 'changes');
    await example.press('fill');
    await example.got('told-pumps', ({ topic }) => topic === 'devices/pump_1');
    await example.press('other');
    await example.got('told-hot', ({ topic }) => topic === 'devices/oven_1');
    await example.press('gone');
    await example.got('told-pumps', ({ payload }) => payload === null);
    await example.got('told-all', ({ topic, payload }) => topic === 'devices/pump_1' && payload === null);
    const topicsAt = (node: string): unknown[] => example.messages(node).map(({ topic }) => topic);
    assert.deepEqual(topicsAt('told-pumps'), ['devices/pump_1', 'devices/pump_1']);
    assert.deepEqual(topicsAt('told-all'), ['devices/pump_1', 'devices/oven_1', 'devices/pump_1']);
    assert.deepEqual(topicsAt('told-hot'), ['devices/oven_1']);
    assert.deepEqual(example.close(), []);
  });

  it('stats: the processor in percent, and one word about the memory', async () => {
    example = await Example.deploy(red, 'stats');
    const { payload: percent } = await example.got('cpu-shown');
    assert.ok(typeof percent === 'number' && percent >= 0 && percent <= 100, String(percent));
    const { payload: warning } = await example.got('warning');
    const { payload: all } = await example.got('all');
    const short = (all as { memory: { percent: number } }).memory.percent >= 90;
    assert.equal(warning, short ? 'The memory is getting short' : 'There is memory enough');
    assert.deepEqual(example.close(), []);
  });

  it('push: clients hear the event, and see the machine but not what is internal', async () => {
    example = await Example.deploy(red, 'push');
    await example.got('shown', ({ topic }) => topic === 'devices/machine_1');
    await example.got('hidden', ({ topic }) => topic === 'devices/internal_1');
    const client = await connect(red.url, 'websocket', { path: '/example-push/socket.io' });
    const announcement = client.next<{ text: string }>('announcement');
    await example.press('announce');
    assert.deepEqual(await announcement, { text: 'Shift change at 14:00' });
    const list = client.next<{ devices: Device[] }>('devices_update');
    client.socket.emit('request_devices');
    assert.deepEqual(
      (await list).devices.map(({ id }) => id),
      ['machine_1'],
    );
    client.close();
    assert.deepEqual(example.close(), []);
  });

  it('clients: each is welcomed, and what it asks is answered to it alone', async () => {
    example = await Example.deploy(red, 'clients');
    const path = { path: '/example-clients/socket.io' };
    const first = await connect(red.url, 'websocket', path);
    assert.equal(await first.next('welcome'), 'Welcome, 127.0.0.1');
    const second = open(red.url, { ...path, transports: ['polling'] });
    await second.next('welcome');
    const time = (await first.socket.timeout(5000).emitWithAck('ask_time')) as string;
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
    const event = second.next<string>('ask_time');
    second.socket.emit('ask_time');
    assert.match(await event, /^\d{4}-\d\d-\d\dT/);
    assert.equal(first.heard.filter((heard) => heard.event === 'ask_time').length, 0);
    first.close();
    await example.got('other', ({ topic }) => topic === 'disconnect');
    second.close();
    assert.deepEqual(example.close(), []);
  });

  it('api: the contract below another base path, and an endpoint of its own', async () => {
    example = await Example.deploy(red, 'api');
    await example.got('push', ({ topic, payload }) => topic === 'devices/scale' && valueOf(payload) === 7.5);
    const url = `${red.url}/example-api`;
    assert.equal((await request(`${url}/devices/scale`)).body['value'], 7.5);
    assert.equal((await post(`${url}/devices/scale/value`, { value: 8 })).status, 200);
    await example.got('push', ({ payload }) => valueOf(payload) === 8);
    assert.equal((await request(`${url}/devices`)).body['count'], 1);
    assert.deepEqual((await post(`${url}/relays/lamp`, { action: 'on' })).body['status'], 'lamp turned on');
    await example.got('push', ({ topic, payload }) => {
      return topic === 'relays/lamp' && (payload as { state: unknown }).state === true;
    });
    assert.deepEqual((await request(`${url}/relays`)).body['relays'], { lamp: true });
    assert.deepEqual((await request(`${url}/hello`)).body, { hello: 'plant' });
    assert.equal(
      (await request(`${url}/hello`, { headers: { origin: 'https://evil.example' } })).status,
      403,
    );
    assert.equal((await request(`${url}/nothing`)).status, 404);
    const log = example.close();
    assert.equal(log.length, 1);
    assert.match(log[0]!, /refused .*https:\/\/evil\.example/);
  });
});

function valueOf(payload: unknown): unknown {
  return (payload as Partial<Device> | null)?.value;
}
