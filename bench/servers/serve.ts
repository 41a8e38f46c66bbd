/** The inner half of a server in a process of its own: bench/server-process.ts starts it and asks it. */
import { memory, usage } from './usage.ts';

export interface Serving {
  readonly port: number;
  /** What else may be asked of it, by name. */
  readonly asks?: Readonly<Record<string, (argument: unknown) => unknown>>;
}

/** Starts what the first argument names, with the second as JSON, tells its port, and answers from then on. */
export async function serve(
  starts: Readonly<Record<string, (argument: never) => Promise<Serving>>>,
): Promise<void> {
  const [kind = '', argument = 'null'] = process.argv.slice(2);
  const { port, asks = {} } = await starts[kind]!(JSON.parse(argument) as never);
  const all: Serving['asks'] = { usage, memory, ...asks };
  process.on('message', ({ what, with: value }: { what: string; with: unknown }) => {
    void Promise.resolve(all[what]!(value)).then((answer) => process.send!({ answer }));
  });
  // Whatever the bench ends by, its servers do not go on without it.
  process.on('disconnect', () => process.exit());
  process.send!({ answer: port });
}
