import assert from 'node:assert/strict';
import { once } from 'node:events';
import { digest, newSecret } from '../../lib/access/secret.ts';
import { forgetMemory } from '../../lib/plant/storage.ts';
import { access } from '../../nodes/access.ts';
import registerAccess from '../../nodes/factory-access/factory-access.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import { TRANSPORTS, type Client } from '../integration/clients.ts';
import type { PlantNode } from '../../nodes/common.ts';
import * as helper from './helper.ts';
import { join, leave, loadLink, placed, refusal } from './live-link.ts';

const [token, other] = [newSecret('token'), newSecret('token')];
const ada = { id: 'ada', name: 'Ada', kind: 'token', role: 'viewer' };
const secrets = { ada: digest(token), bob: digest(other) };

type Settings = Record<string, unknown>;
const accessNode = (people: readonly object[], more: Settings = {}): helper.FlowNode => ({
  id: 'a',
  type: 'factory-access',
  name: '',
  plant: 'p',
  people,
  ...more,
});
const flowOf = (...nodes: helper.FlowNode[]): helper.FlowNode[] =>
  placed([
    { id: 'f1', type: 'tab' },
    { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' },
    ...nodes,
    { id: 's', type: 'factory-server', name: '', path: '/socket.io', origins: '' },
    { id: 'c', type: 'factory-clients', z: 'f1', server: 's', wires: [['commands'], []] },
    { id: 'commands', type: 'helper', z: 'f1', wires: [] },
  ]);
const credentials = { a: { secrets: JSON.stringify(secrets) } };
const load = (flow: helper.FlowNode[]): Promise<unknown> =>
  loadLink(flow, [registerPlant, registerAccess], credentials);
const deploy = (flow: helper.FlowNode[], type: 'full' | 'flows' | 'nodes' = 'full'): Promise<void> =>
  helper.redeploy(flow, type, credentials);

describe('factory-access', function () {
  this.timeout(20_000);
  before(helper.start);
  after(helper.stop);
  afterEach(async () => {
    leave();
    await helper.unload();
    forgetMemory('p');
  });

  it('lets in who it names, and leaves this machine alone to itself once it is removed', async () => {
    await load(flowOf(accessNode([ada])));
    assert.equal(access.identify(token)?.role, 'viewer');
    assert.match(String(await refusal({ transports: ['websocket'] })), /nobody is signed in/);
    await deploy(flowOf());
    assert.equal(access.isConfigured, false);
    await join();
  });

  it('keeps everybody out where its settings cannot work, and says why', async () => {
    await load(flowOf(accessNode([ada, ada])));
    assert.match(await helper.errorOf('a'), /two entries have the id/);
    assert.equal((await helper.status('a')).fill, 'red');
    assert.match(access.broken ?? '', /two entries/);
    assert.match(String(await refusal({ auth: { token }, transports: ['polling'] })), /error/);
    await deploy(flowOf(accessNode([ada])));
    await join('websocket', { auth: { token } });
  });

  it('is one: a second is refused, and the first goes on', async () => {
    await load(flowOf(accessNode([ada]), accessNode([], { id: 'a2' })));
    assert.match(await helper.errorOf('a2'), /there is another access node already/);
    assert.ok(access.identify(token));
    await deploy(flowOf(accessNode([ada])));
    assert.ok(access.identify(token), 'it was not in charge, so nothing goes with it');
  });

  it('warns of people without a secret: a flow that was brought from elsewhere', async () => {
    await load(flowOf(accessNode([ada, { ...ada, id: 'eve', name: 'Eve' }])));
    assert.match(await helper.warning('a'), /nobody comes in as: Eve$/);
  });

  it('tells the audit what each kind of deploy has changed', async () => {
    await load(flowOf(accessNode([ada])));
    let role = 'operator';
    for (const kind of ['full', 'flows', 'nodes'] as const) {
      await deploy(flowOf(accessNode([{ ...ada, role }])), kind);
      const { plant } = helper.nodeById('p') as unknown as PlantNode;
      let entries: readonly unknown[] = [];
      while (entries.length === 0) {
        entries = (await plant.audit.read({ kind: 'token', limit: 1 })).entries;
        if (!JSON.stringify(entries).includes('changed: role')) entries = [];
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      role = role === 'operator' ? 'engineer' : 'operator';
    }
  });

  it('keeps sessions through each kind of deploy', async () => {
    await load(flowOf(accessNode([ada])));
    const { grant } = access.identify(token)!;
    const opened = access.redeem(access.issue({ grant }), { address: '', remember: false });
    assert.ok(opened && 'opened' in opened);
    for (const type of ['nodes', 'flows', 'full'] as const) {
      await deploy(flowOf(accessNode([ada], { rememberDays: type === 'full' ? 7 : 8 })), type);
      assert.ok(access.identify(opened.opened.token), type);
    }
  });

  describe('for sockets that are open', () => {
    const left = async ({ socket }: Client): Promise<void> => {
      if (socket.connected) await once(socket as never, 'disconnect');
    };
    const options = { auth: { token }, reconnection: false };

    for (const transport of TRANSPORTS) {
      it(`ends them at once where their token is removed by a deploy, over ${transport}`, async () => {
        await load(flowOf(accessNode([ada])));
        const client = await join(transport, options);
        const why = client.next('refused');
        await deploy(flowOf(accessNode([{ ...ada, id: 'bob' }])), 'nodes');
        assert.equal((await why)['code'], 'unauthenticated');
        await left(client);
      });

      it(`ends them at once where their session is signed out, over ${transport}`, async () => {
        await load(flowOf(accessNode([ada])));
        const ticket = access.issue({ grant: access.identify(token)!.grant });
        const opened = access.redeem(ticket, { address: '', remember: false });
        assert.ok(opened && 'opened' in opened);
        const client = await join(transport, { ...options, auth: { token: opened.opened.token } });
        access.signOut(opened.opened.token, '');
        await left(client);
        assert.equal(client.socket.connected, false);
      });

      it(`ends them within a second of their end, over ${transport}`, async () => {
        const expires = new Date(Date.now() + 1200).toISOString();
        await load(flowOf(accessNode([{ ...ada, expires }])));
        const client = await join(transport, options);
        await left(client);
        const late = Date.now() - Date.parse(expires);
        assert.ok(late >= 0 && late < 1500, `${late} ms`);
      });
    }

    it('counts another role at the next command, without another connection', async () => {
      await load(flowOf(accessNode([ada])));
      const client = await join('websocket', options);
      const command = { relay: 'pump', action: 'on' };
      const { code } = (await client.socket.emitWithAck('command', command)) as { code: string };
      assert.equal(code, 'forbidden');
      await deploy(flowOf(accessNode([{ ...ada, role: 'engineer' }])), 'nodes');
      const heard = helper.next('commands');
      client.socket.emit('command', command);
      const { topic, factory } = await heard;
      assert.deepEqual([topic, factory?.by?.role], ['pump', 'engineer']);
      assert.equal(client.socket.connected, true);
      await deploy(flowOf(accessNode([ada])), 'nodes');
      const again = (await client.socket.emitWithAck('command', command)) as { code: string };
      assert.equal(again.code, 'forbidden');
    });
  });
});
