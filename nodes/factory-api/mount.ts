import type { Express, RequestHandler } from 'express';
import type { Guard } from '../../lib/api/guard.ts';

/** What Express 4 has and its types do not name. */
interface Mountable {
  parent?: Express;
  _router?: { stack: { handle: unknown; name: string }[] };
}

/**
 * Puts the guard around everything that Node-RED's flows serve, once for the life of the process. Where
 * httpNode is not mounted (yet), what comes last follows as soon as it is.
 */
export function mount(app: Express & Mountable, guard: Guard): void {
  const front: RequestHandler = guard.front;
  app.use(front);
  moveFirst(app, front);
  const behind = (parent: Express): void => void parent.use(guard.last).use(guard.error);
  if (app.parent) behind(app.parent);
  else app.once('mount', behind);
}

/**
 * Where the package is installed into a running Node-RED, http in nodes have their routes already; nothing
 * below the base path may be ahead of the guard. What Express itself sets up stays first.
 */
function moveFirst({ _router }: Mountable, handle: RequestHandler): void {
  if (!_router) return;
  const { stack } = _router;
  const at = stack.findIndex((layer) => layer.handle === handle);
  const [layer] = stack.splice(at, 1);
  const own = stack.findLastIndex(({ name }) => name === 'query' || name === 'expressInit');
  stack.splice(own + 1, 0, layer!);
}
