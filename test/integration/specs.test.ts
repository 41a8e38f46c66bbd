/** The documents for programs (docs/api/) against the running server: each is held to what the other says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { UPDATE, type Changes } from '../../lib/live/protocol.ts';
import { connect, request, type Client } from './clients.ts';
import { coreFlow, deployQuiet } from './core-flow.ts';
import { root, startNodeRed, type NodeRed } from './harness.ts';

interface Operation {
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } };
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(root, 'docs/api', name), 'utf8'));
const openapi = read('openapi.json') as { paths: Record<string, Record<string, Operation>> };
const asyncapi = read('asyncapi.json') as {
  channels: {
    live: { messages: Record<string, { payload: object; 'x-acknowledgement'?: object }> };
  };
};

/** What to ask, beside what the path says. */
const BODIES: Readonly<Record<string, object>> = {
  '/v2/command': { relay: 'relay1', action: 'on', id: 'spec', ttl: 5000 },
  '/devices/{id}/value': { value: 5 },
  '/devices/{id}/status': { status: 'active' },
  '/relays/{id}': { action: 'off' },
  '/relays/{id}/mode': { mode: 'auto' },
  '/relays/{id}/lock': { locked: false },
};

describe('the documents for programs', function () {
  this.timeout(30_000);
  let red: NodeRed;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ ...openapi, $id: 'openapi.json' });
  ajv.addSchema({ ...asyncapi, $id: 'asyncapi.json' });
  before(async () => {
    red = await startNodeRed();
    await deployQuiet(red);
  });
  after(() => red?.stop());

  const pointer = (...path: string[]): string =>
    path.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const checker = (file: string, ...path: string[]): ValidateFunction =>
    ajv.compile({ $ref: `${file}#/${pointer(...path)}` });
  const holds = (validate: ValidateFunction, value: unknown): void =>
    assert.ok(
      validate(value),
      `${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 500)}`,
    );

  it('have every path of the bundled flow, and no other', () => {
    const served = coreFlow()
      .filter(({ type, ['url']: url }) => type === 'http in' && String(url).startsWith('/api/'))
      .map((node) => `${String(node['method'])} ${String(node['url']).slice(4).replace(':id', '{id}')}`);
    const documented = Object.entries(openapi.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    assert.deepEqual(documented.toSorted(), served.toSorted());
  });

  for (const [path, operations] of Object.entries(openapi.paths)) {
    for (const [method, { requestBody }] of Object.entries(operations)) {
      it(`say what ${method} ${path} answers, also where it says no`, async () => {
        const at = ['paths', path, method, 'responses'];
        const content = ['content', 'application/json', 'schema'];
        const body = BODIES[path];
        if (requestBody)
          holds(checker('openapi.json', 'paths', path, method, 'requestBody', ...content), body);
        const ask = (where: string, given?: object): ReturnType<typeof request> =>
          request(`${red.url}/api${where}`, {
            method: method.toUpperCase(),
            ...(given && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(given) }),
          });
        const id = path.startsWith('/relays') ? 'relay1' : 'sensor_001';
        const answer = await ask(path.replace('{id}', id), body);
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        holds(checker('openapi.json', ...at, '200', ...content), answer.body);
        if (requestBody) {
          const strange = { ...body, strange: 1 };
          const validate = checker('openapi.json', 'paths', path, method, 'requestBody', ...content);
          assert.equal(validate(strange), false, 'the document allows what the server does not know');
          const { status, body: told } = await ask(path.replace('{id}', id), strange);
          assert.equal(status, 400, JSON.stringify(told));
          assert.match(String((told as { error?: unknown }).error), /"strange"/);
        }
        if (!requestBody && !path.includes('{id}')) return;
        const refused = await ask(path.replace('{id}', 'none'), body && { wrong: true });
        assert.ok(refused.status >= 400);
        holds(checker('openapi.json', ...at, 'default', ...content), refused.body);
      });
    }
  }

  it('say what each event of the socket carries, and what it is acknowledged with', async () => {
    const heard = new Map<string, unknown[]>();
    const visit = async (auth: object): Promise<Client> => {
      const client = await connect(red.url, 'websocket', { auth });
      client.socket.onAny((event: string, payload: unknown) => {
        heard.set(event, [...(heard.get(event) ?? []), payload]);
      });
      for (const { event, payload } of client.heard) heard.set(event, [...(heard.get(event) ?? []), payload]);
      return client;
    };
    const [old, client] = [await visit({}), await visit({ protocol: 2, fields: true })];
    const { messages } = asyncapi.channels.live;
    const payloads: Readonly<Record<string, unknown>> = {
      subscribe: { topics: 'devices/*' },
      command: { relay: 'relay3', action: 'on' },
    };
    const acknowledged: string[] = [];
    for (const [name, { 'x-acknowledgement': answer }] of Object.entries(messages)) {
      if (!answer) continue;
      const args = name in payloads ? [payloads[name]] : [];
      const reply: unknown = await client.socket.timeout(5000).emitWithAck(name, ...args);
      const at = ['channels', 'live', 'messages', name];
      if (args.length > 0) holds(checker('asyncapi.json', ...at, 'payload'), args[0]);
      holds(checker('asyncapi.json', ...at, 'x-acknowledgement'), reply);
      acknowledged.push(name);
    }
    assert.ok(acknowledged.length >= 6);
    const fields = client.next<Changes>(UPDATE, (update) => update.fields !== undefined);
    await request(`${red.url}/api/devices/sensor_001/value`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value: -1 }),
    });
    await fields;
    const refused = client.next('refused');
    client.socket.emit('command', 'nonsense');
    await refused;
    old.socket.emit('request_relays');
    await old.next('relays_update');
    for (const [name, all] of heard) {
      assert.ok(name in messages, `${name} is not in the document`);
      for (const payload of all)
        holds(checker('asyncapi.json', 'channels', 'live', 'messages', name, 'payload'), payload);
    }
    const silent = Object.keys(messages).filter((name) => !acknowledged.includes(name) && !heard.has(name));
    assert.deepEqual(silent, [], 'nothing stands in the document that is never told');
    for (const one of [old, client]) one.close();
  });
});
