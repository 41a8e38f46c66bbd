/** What a process has, and what goes wrong in it that nobody catches. */
import { setTimeout as delay } from 'node:timers/promises';

/** How long what was closed may take to be gone: the connections that are kept for a next request, most of all. */
const WITHIN_MS = 10_000;

/** Handles, timers and listeners, by how many there are of each. */
export function holdings(): Record<string, number> {
  const found: Record<string, number> = {};
  const kinds = process.getActiveResourcesInfo();
  for (const kind of kinds) found[kind] = (found[kind] ?? 0) + 1;
  for (const event of process.eventNames()) found[`on ${String(event)}`] = process.listenerCount(event);
  return found;
}

/** What there is more of than before, once what goes by itself is gone. */
export async function leftovers(before: Readonly<Record<string, number>>): Promise<string[]> {
  const more = (): string[] =>
    Object.entries(holdings()).flatMap(([what, count]) =>
      count > (before[what] ?? 0) ? [`${count} of ${what}, before ${before[what] ?? 0}`] : [],
    );
  const end = Date.now() + WITHIN_MS;
  while (more().length > 0 && Date.now() < end) await delay(50);
  return more();
}

/** Tells of everything that nobody catches, in place of whoever did so before; returns what ends that. */
export function watch(tell: (fault: string) => void): () => void {
  const told = (what: string) => (thrown: unknown) =>
    tell(`${what}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  const watching = {
    uncaughtException: told('nobody caught'),
    unhandledRejection: told('nobody heard of'),
    warning: told('Node.js warns'),
  };
  const before = Object.keys(watching).map((event) => [event, process.rawListeners(event)] as const);
  for (const [event, hear] of Object.entries(watching)) process.removeAllListeners(event).on(event, hear);
  return () => {
    for (const [event, listeners] of before) {
      process.removeAllListeners(event);
      for (const hear of listeners) process.on(event, hear as () => void);
    }
  };
}
