import assert from 'node:assert/strict';
import { connect, request, TRANSPORTS } from './clients.ts';
import { startNodeRed, VERSIONS, type FlowNode, type NodeRed, type Version } from './harness.ts';

/** The live link alone, with a device that a flow keeps for its clients. */
const flow = (settings: object = {}): FlowNode[] => [
  { id: 't', type: 'tab', label: 'live' },
  {
    id: 's',
    type: 'factory-server',
    name: '',
    path: '/socket.io',
    origins: '',
    maxClients: 500,
    ...settings,
  },
  {
    id: 'i',
    type: 'inject',
    z: 't',
    x: 0,
    y: 0,
    props: [{ p: 'payload' }, { p: 'topic', vt: 'str' }],
    topic: 'devices/a',
    payload: '{"id":"a"}',
    payloadType: 'json',
    once: true,
    onceDelay: 0.1,
    repeat: '',
    wires: [['p']],
  },
  { id: 'p', type: 'factory-push', z: 't', x: 0, y: 0, name: '', server: 's', wires: [] },
  { id: 'c', type: 'factory-clients', z: 't', x: 0, y: 0, name: '', server: 's', wires: [[], []] },
];

/** Each way in which Node-RED may be set up, and where clients then find the socket. */
const PLACES: [string, object, string][] = [
  ['the editor beside it', {}, '/socket.io'],
  ['the editor at /', { httpAdminRoot: '/' }, '/socket.io'],
  ['a root for all HTTP nodes', { httpNodeRoot: '/red' }, '/red/socket.io'],
];

for (const version of Object.keys(VERSIONS).map(Number) as Version[]) {
  for (const [kind, settings, path] of PLACES) {
    describe(`the live link in Node-RED ${version} with ${kind}`, function () {
      this.timeout(30_000);
      let red: NodeRed;
      before(async () => {
        red = await startNodeRed({
          version,
          settings: { ...settings, runtimeState: { enabled: true } },
        });
        await red.deploy(flow());
      });
      after(() => red.stop());

      for (const transport of TRANSPORTS) {
        it(`serves ${transport}, and a changed server keeps what it kept`, async () => {
          await red.deploy(flow());
          const client = await connect(red.url, transport, { path, reconnectionDelay: 50 });
          // Asked for, because on a slow machine the flow's own message may be out before anybody is connected.
          const there = client.next('devices_update', ({ count }: { count: number }) => count === 1);
          client.socket.emit('request_devices');
          await there;
          const back = client.next('connected');
          await red.deploy(flow({ origins: 'http://panel:3000' }), 'nodes');
          await back;
          client.socket.emit('request_devices');
          assert.deepEqual((await client.next('devices_update'))['devices'], [{ id: 'a' }]);
          client.close();
        });
      }

      it('refuses clients that are not of this machine, in JSON', async () => {
        const { status, body } = await request(`${red.url}${path}/?EIO=4&transport=polling`, {
          headers: { 'x-forwarded-for': '203.0.113.9' },
        });
        assert.deepEqual([status, body['code']], [403, 'forbidden']);
      });

      it('answers at once while the flows are stopped, and clients come back with them', async () => {
        const state = (to: 'start' | 'stop'): Promise<unknown> =>
          (red.RED.runtime.flows as unknown as Stoppable).setState({ state: to });
        const clients = await Promise.all(
          TRANSPORTS.map((transport) => connect(red.url, transport, { path, reconnectionDelay: 50 })),
        );
        const refused = clients.map(
          ({ socket }) => new Promise<Error>((resolve) => socket.io.once('reconnect_error', resolve)),
        );
        await state('stop');
        await Promise.all(refused);
        const { status, body } = await request(`${red.url}${path}/?EIO=4&transport=polling`);
        assert.deepEqual([status, body['code']], [503, 'unavailable']);
        assert.equal(body['reason'], 'the flows of Node-RED are stopped');
        const back = clients.map((client) => client.next('connected'));
        await state('start');
        await Promise.all(back);
        for (const client of clients) client.close();
      });
    });
  }
}

/** What Node-RED's types do not know of. */
interface Stoppable {
  setState(options: { state: 'start' | 'stop' }): Promise<unknown>;
}
