/** The Node-RED of {@link file://./server.ts} as its tests hold it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FlowNode } from '../integration/harness.ts';
import type { Order, ServerSettings, Told } from './server.ts';

export type Seen = Extract<Told, { seen: string }>;

export interface PlantProcess {
  readonly port: number;
  readonly userDir: string;
  deploy(nodes: readonly FlowNode[]): Promise<void>;
  /** The next message of this screen that arrives there. */
  seen(at: string, screen: string): Promise<Seen>;
  /** Everything that has arrived at the ends of the dashboards. */
  readonly all: readonly Seen[];
  /** What it wrote to its outputs. */
  readonly said: readonly string[];
  /** Ends it; resolves with what Node-RED has logged. */
  stop(): Promise<readonly string[]>;
}

export async function startPlant(settings: ServerSettings = {}): Promise<PlantProcess> {
  const child = fork(join(import.meta.dirname, 'server.ts'), [JSON.stringify(settings)], { silent: true });
  const waiting = new Map<string, (seen: Seen) => void>();
  const all: Seen[] = [];
  const said: string[] = [];
  for (const output of [child.stdout!, child.stderr!])
    output.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const [begun] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(said.join('')))),
  ])) as [{ port: number; userDir: string }];
  let answer: (told: Told) => void = () => {};
  child.on('message', (told: Told) => {
    if (!('seen' in told)) {
      answer(told);
      return;
    }
    all.push(told);
    const key = `${told.seen} ${String(told.screen)}`;
    waiting.get(key)?.(told);
    waiting.delete(key);
  });
  const order = async (what: Order): Promise<Told> => {
    const told = new Promise<Told>((resolve) => (answer = resolve));
    child.send(what);
    const result = await within(told);
    if ('failed' in result) throw new Error(result.failed);
    return result;
  };
  return {
    ...begun,
    all,
    said,
    async deploy(nodes) {
      await order({ deploy: nodes });
    },
    seen: (at, screen) => new Promise((resolve) => waiting.set(`${at} ${screen}`, resolve)),
    async stop() {
      const ended = once(child, 'exit');
      const { stopped } = (await order({ stop: true })) as { stopped: readonly string[] };
      await within(ended);
      return stopped;
    },
  };
}

/** Rejects where it takes longer than anything does: a test that waits for ever does not say for what. */
export async function within<Value>(work: Promise<Value>): Promise<Value> {
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new Error('no answer within 20 s')), 20_000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(limit));
}
