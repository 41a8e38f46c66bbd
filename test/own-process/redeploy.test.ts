import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, post, request, TRANSPORTS, type Client } from '../integration/clients.ts';
import { quietFlow } from '../integration/core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed } from '../integration/harness.ts';

/** `npm run test:long` has more of them. */
const ROUNDS = Number(process.env['REDEPLOYS'] ?? 20);

/** One widget of each dashboard, so that both have their sockets on the server. */
const DASHBOARDS: FlowNode[] = [
  { id: 'd0', type: 'tab', label: 'dashboards' },
  { id: 'd1-tab', type: 'ui_tab', name: 'Plant' },
  { id: 'd1-group', type: 'ui_group', name: 'Relays', tab: 'd1-tab', order: 1, disp: true, width: '6' },
  {
    id: 'd1',
    type: 'ui_text',
    z: 'd0',
    group: 'd1-group',
    name: '',
    label: 'relay',
    format: '{{msg.payload}}',
    wires: [],
  },
  { id: 'd2-base', type: 'ui-base', name: 'Dashboard', path: '/dashboard' },
  { id: 'd2-theme', type: 'ui-theme', name: 'Theme' },
  {
    id: 'd2-page',
    type: 'ui-page',
    name: 'Plant',
    ui: 'd2-base',
    path: '/plant',
    theme: 'd2-theme',
    layout: 'grid',
  },
  { id: 'd2-group', type: 'ui-group', name: 'Relays', page: 'd2-page', width: '6', height: '1' },
  {
    id: 'd2',
    type: 'ui-text',
    z: 'd0',
    group: 'd2-group',
    name: '',
    label: 'relay',
    format: '{{msg.payload}}',
    wires: [],
  },
];

/** In a process of its own: the dashboards stay with the first Node-RED that a process starts. */
describe(`${ROUNDS} redeploys beside both dashboards and the editor`, function () {
  this.timeout(120_000);
  let red: NodeRed;
  before(async () => {
    red = await startNodeRed();
  });
  const opened: { close(): void }[] = [];
  after(async () => {
    for (const one of opened) one.close();
    await red.stop();
  });

  it('leak nothing, move no relay, and every client comes back by itself', async () => {
    const flow = [...quietFlow(), ...DASHBOARDS];
    await red.deploy(flow);
    const editor = new WebSocket(`ws://127.0.0.1:${red.port}/editor/comms`);
    await once(editor, 'open');
    // Not by the pool that Node.js shares: a connection that waits in it counts at its far end, and how many wait depends on
    // what was asked at the same moment.
    const agent = new Agent({ keepAlive: false });
    const clients = await Promise.all(TRANSPORTS.map((transport) => connect(red.url, transport, { agent })));
    const dashboards = await Promise.all([
      connect(red.url, 'polling', { agent, path: '/ui/socket.io' }),
      connect(red.url, 'polling', { agent, path: '/dashboard/socket.io' }),
    ]);
    const all = [...clients, ...dashboards];
    opened.push(editor, ...all);
    // The board may still be opening.
    while ((await post(`${red.url}/api/relays/relay1`, { action: 'on' })).status !== 200) await delay(50);

    let before: Record<string, number> = {};
    for (let round = 0; round < ROUNDS; round++) {
      await red.deploy(flow);
      // Some deploys open what later ones reuse, so the count starts once that is done.
      if (round === 9) before = await steadyCount(red, all);
    }
    // What leaked stays; a request or a reconnection more, as a busy machine has them for longer, goes.
    let more: [string, number][] = [];
    for (let look = 0; look < 8; look++) {
      const after = await steadyCount(red, all);
      more = Object.entries(after).filter(([what, many]) => many > before[what]!);
      if (more.length === 0) break;
    }
    assert.deepEqual(more, [], `before: ${JSON.stringify(before)}`);

    for (const client of clients) {
      if (!client.socket.connected) await once(client.socket as never, 'connect');
      client.socket.emit('request_relays');
      const { relays } = await client.next<{ relays: Record<string, boolean> }>('relays_update');
      assert.deepEqual(relays, { relay1: true, relay2: false, relay3: false });
    }
    assert.deepEqual((await request(`${red.url}/api/relays`)).body['relays'], {
      relay1: true,
      relay2: false,
      relay3: false,
    });
    assert.equal(editor.readyState, WebSocket.OPEN, "the editor's own socket was not touched");
  });
});

/**
 * The lowest counts of two seconds in which everyone is connected: what comes and goes, as the timer of a
 * heartbeat or of a reconnection does, is not there all the time; what leaked is.
 */
async function steadyCount(red: NodeRed, clients: readonly Client[]): Promise<Record<string, number>> {
  let lowest: Record<string, number> | undefined;
  for (let reading = 0; reading < 10; reading++) {
    await delay(200);
    // Whoever is on the way back has no socket, and a count without it would be too low to compare with.
    const away = clients.filter(({ socket }) => !socket.connected);
    if (away.length > 0) {
      for (const { socket } of away) if (!socket.connected) await once(socket as never, 'connect');
      lowest = undefined;
      reading = -1;
      continue;
    }
    const now = count(red);
    const before = lowest ?? now;
    lowest = Object.fromEntries(
      Object.entries(now).map(([what, many]) => [what, Math.min(many, before[what]!)]),
    );
  }
  return lowest!;
}

/** Listeners, routes and timers that a redeploy could leave behind. */
function count(red: NodeRed): Record<string, number> {
  const sum = (emitter: EventEmitter): number =>
    emitter.eventNames().reduce((total, name) => total + emitter.listenerCount(name), 0);
  const resources = process.getActiveResourcesInfo();
  const router = (red.RED.httpNode as unknown as { _router: { stack: unknown[] } })._router;
  return {
    'listeners on the server': sum(red.server),
    'listeners on Node-RED': sum(red.RED.events),
    'listeners on the process': sum(process),
    routes: router.stack.length,
    workers: resources.filter((name) => name === 'MessagePort' || name === 'Worker').length,
    sockets: resources.filter((name) => name === 'TCPSocketWrap' || name === 'PipeWrap').length,
    files: resources.filter((name) => name.startsWith('FS')).length,
    timers: resources.filter((name) => name === 'Timeout').length,
  };
}
