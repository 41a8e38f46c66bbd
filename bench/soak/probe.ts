/**
 * Preloaded into the server of `npm run soak` (`--import`): looks at the process from inside and tells when it is asked. It
 * changes nothing of the program; servers and threads are known by what Node.js tells of them.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import { Server } from 'node:http';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, type Worker } from 'node:worker_threads';
import type { Ask, Sample } from './sample.ts';

const READINGS = 10;
const APART_MS = 200;

interface Runtime {
  readonly events: EventEmitter;
  readonly httpNode: { readonly _router: { readonly stack: readonly unknown[] } };
  readonly nodes: { getNode(id: string): { readonly live: { readonly count: number } } | null };
}

const servers = new Set<Server>();
const workers = new Set<Worker>();

// Threads inherit what is preloaded.
if (isMainThread) {
  subscribe('tracing:net.server.listen:asyncStart', (message) => {
    const { server } = message as { server: unknown };
    if (server instanceof Server) servers.add(server);
  });
  subscribe('worker_threads', (message) => {
    const { worker } = message as { worker: Worker };
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  // Nobody is left who would stop it.
  process.on('disconnect', () => process.exit(1));
  process.on('message', (ask: Ask) => void look(ask).then((sample) => process.send!(sample)));
}

async function look(ask: Ask): Promise<Sample> {
  let counts = await count();
  const readings = ask === 'idle' ? READINGS : 1;
  for (let reading = 1; reading < readings; reading++) {
    await delay(APART_MS);
    counts = lowest(counts, await count());
  }
  // What is finalised by the first collection is freed by the second.
  gc!();
  await delay(20);
  gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  const heaps = await Promise.all(Array.from(workers, (worker) => worker.getHeapStatistics()));
  const { user, system } = process.cpuUsage();
  return {
    at: Date.now(),
    memory: {
      heap: heapUsed,
      external,
      rss,
      workers: heaps.reduce((sum, { used_heap_size: used }) => sum + used, 0),
    },
    cpu: (user + system) / 1000,
    counts,
  };
}

async function count(): Promise<Record<string, number>> {
  // The instance that the program has loaded.
  const RED = createRequire(import.meta.url)('node-red') as Runtime;
  const resources = process.getActiveResourcesInfo();
  const connections = await Promise.all(
    Array.from(servers, (server) => promisify(server.getConnections.bind(server))()),
  );
  return {
    clients: RED.nodes.getNode('factory-iot-server')?.live.count ?? 0,
    connections: connections.reduce((sum, many) => sum + many, 0),
    'file handles': readdirSync('/proc/self/fd').length,
    threads: workers.size,
    timers: resources.filter((name) => name === 'Timeout').length,
    'other resources': resources.filter((name) => name !== 'Timeout').length,
    routes: RED.httpNode._router.stack.length,
    'listeners: server': Array.from(servers, listeners).reduce((sum, many) => sum + many, 0),
    'listeners: Node-RED': listeners(RED.events),
    'listeners: process': listeners(process),
  };
}

function listeners(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** What comes and goes is not there all the time; what leaked is. */
function lowest(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(one).map(([name, many]) => [name, Math.min(many, other[name] ?? 0)]),
  );
}
