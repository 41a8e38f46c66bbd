import type { Node, NodeAPI, NodeDef } from 'node-red';
import { parsePolicy } from '../../lib/access/policy.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { asError, FactoryError } from '../../lib/base/errors.ts';
import { loopLag } from '../../lib/base/loop-lag.ts';
import { LiveServer } from '../../lib/live/live-server.ts';
import { Mounts } from '../../lib/live/mount.ts';
import type { RetainedTopics } from '../../lib/live/retained.ts';
import { fullPath, joinPath, parseLimits, parsePath, type Limits } from '../../lib/live/settings.ts';
import { access, tellRefused } from '../access.ts';
import { inBackground, onClose, onStarted, whenStarted, type ServerNode } from '../common.ts';
import { whyNotRunning } from '../flows-state.ts';
import { isTelling, run, whenAllTold } from '../live.ts';
import { serveClients } from './clients.ts';
import { serveScripts } from './scripts.ts';

type ServerDef = NodeDef & { [Name in keyof Limits]?: unknown } & {
  /** Below the root of Node-RED's HTTP nodes. */
  path?: unknown;
  /** A list, or text with commas or spaces between the origins. */
  origins?: unknown;
  /** False: each frame goes the library's way. */
  writesFrames?: unknown;
};

type Served = Pick<ServerNode, 'live' | 'policy' | 'path'>;

/** Node-RED's events `flows:starting` and `flows:started`. */
interface FlowsEvent {
  readonly type: 'full' | 'flows' | 'nodes';
}

export default function register(RED: NodeAPI): void {
  const mounts = new Mounts(systemClock, whyNotRunning(RED, 'the live server is not running'));
  /** What a server kept, by its node's id, from its close to its next start. */
  const kept = new Map<string, RetainedTopics>();
  // A route cannot be taken back, so there is one for all servers that will ever be deployed.
  RED.httpNode.use(mounts.handler);
  serveScripts(RED.httpNode);
  serveClients(RED);

  RED.nodes.registerType('factory-server', function (this: Node, def: ServerDef) {
    RED.nodes.createNode(this, def);
    inBackground(this, () => {
      try {
        Object.assign(this, serve(this, def));
      } catch (thrown) {
        refuseUsers(this, asError(thrown));
        throw thrown;
      }
    });
  });

  function serve(node: Node, def: ServerDef): Served {
    const policy = { ...parsePolicy(def.origins, process.env), access };
    const path = fullPath(RED.settings.httpNodeRoot, parsePath(def.path), takenPaths(RED));
    const retained = kept.get(node.id);
    kept.delete(node.id);
    const live = new LiveServer({
      clock: systemClock,
      lag: loopLag.start(),
      policy,
      ...parseLimits(def),
      writesFrames: def.writesFrames !== false,
      ...(retained && { retained }),
      isSettled: retained !== undefined,
    });
    const detach = mounts.attach(RED.server, path, live);
    run(node, live);

    // A deploy in part may have taken away what told of topics that are kept.
    const forgetStarts = onStarted(RED, () => live.deployed(isTelling));
    let stopWaiting = (): void => {};
    whenStarted(RED, node, () => {
      stopWaiting = whenAllTold(() => (live.isSettled = true));
    });
    const leave = live.events.on('refused', (refused) => tellRefused(node, { ...refused, via: 'socket' }));
    if (policy.open) whenStarted(RED, node, () => node.warn(RED._('factory-server.open')));

    onClose(node, async (removed) => {
      detach(!removed);
      leave();
      forgetStarts();
      stopWaiting();
      await live.close();
      if (removed) return;
      // What is deployed in part leaves the nodes running that would tell everything again. A full deploy
      // does not, and what no longer flows in must then not be seen any more.
      kept.set(node.id, live.retained);
      RED.events.once('flows:starting', ({ type }: FlowsEvent) => {
        if (type === 'full') kept.delete(node.id);
      });
      RED.events.once('flows:started', () => mounts.forget(path));
    });
    return { live, policy, path };
  }
}

/** Whoever uses a server that cannot work hears why; an error of its own each time, as handlers add to it. */
function refuseUsers(node: Node, error: Error): void {
  const reason = `the live server cannot work: ${error.message}`;
  const options = error instanceof FactoryError && error.remedy ? { remedy: error.remedy } : {};
  const get = (): never => {
    throw new FactoryError('config', reason, options);
  };
  for (const property of ['live', 'policy', 'path']) Object.defineProperty(node, property, { get });
}

/** Where others on this Node-RED have their sockets, as far as it can be known. */
function takenPaths(RED: NodeAPI): string[] {
  const { httpAdminRoot, httpNodeRoot, ui } = RED.settings as {
    httpAdminRoot?: string | false;
    httpNodeRoot?: string | false;
    ui?: { path?: unknown };
  };
  const root = httpNodeRoot || '/';
  const taken = [
    joinPath(root, typeof ui?.path === 'string' ? ui.path : 'ui', 'socket.io'),
    joinPath(root, 'dashboard', 'socket.io'),
  ];
  if (httpAdminRoot !== false) taken.push(joinPath(httpAdminRoot ?? '/', 'comms'));
  RED.nodes.eachNode((node) => {
    const { type, path } = node as NodeDef & { path?: unknown };
    if (type === 'ui-base' && typeof path === 'string') taken.push(joinPath(root, path, 'socket.io'));
  });
  return taken;
}
