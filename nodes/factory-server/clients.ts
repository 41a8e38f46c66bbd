import type { NodeAPI } from 'node-red';
import { FactoryError } from '../../lib/base/errors.ts';
import type { LiveServer } from '../../lib/live/live-server.ts';
import type { RehearsalReport } from '../../lib/live/rehearsed.ts';
import { serveGet, servePost, userOf } from '../admin.ts';
import { inBackground, type ServerNode } from '../common.ts';
import { rehearse } from '../live.ts';
import { MAX_SHOWN, type ConnectedClients } from './clients-answers.ts';

/** Lets the server's dialog see who is connected, and rehearse the fallback with them. */
export function serveClients(RED: NodeAPI): void {
  serveGet(RED, '/factory-iot/clients', ({ query: { server } }) => connected(serverOf(RED, server)?.live));

  servePost(RED, '/factory-iot/rehearse', ({ server, session, hold }, request) => {
    const found = serverOf(RED, server);
    if (!found) throw new FactoryError('invalid', 'the server is not deployed, or it is disabled');
    const who = { by: userOf(request), from: request.ip ?? '', via: 'editor' } as const;
    const wish = { ...(session !== undefined && { session }), hold };
    const ended = rehearse(found.live, wish, who);
    // The dialog looks how far it is; nobody waits here.
    inBackground(found, () => ended.then(() => undefined));
    return connected(found.live);
  });
}

/** Undefined where no server of this id runs; its `live` throws where its settings cannot work. */
function serverOf(RED: NodeAPI, id: unknown): ServerNode | undefined {
  const node = typeof id === 'string' ? (RED.nodes.getNode(id) as ServerNode | null) : null;
  return node?.type === 'factory-server' ? node : undefined;
}

function connected(live: LiveServer | undefined): ConnectedClients {
  if (!live) return { deployed: false, count: 0, clients: [], rehearsal: null };
  const { report } = live.rehearsal;
  const clients = live.clients().slice(0, MAX_SHOWN);
  return { deployed: true, count: live.count, clients, rehearsal: report ? shortened(report) : null };
}

/** Those who are worst off: who is not back, then who took longest. */
function shortened(report: RehearsalReport): RehearsalReport {
  const clients = report.clients.toSorted((a, b) => (b.back ?? Infinity) - (a.back ?? Infinity) || 0);
  return { ...report, clients: clients.slice(0, MAX_SHOWN) };
}
