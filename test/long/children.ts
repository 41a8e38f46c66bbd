/** Programs of these tests in processes of their own, which are told one thing at a time and answer it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Child {
  readonly process: ChildProcess;
  /** Sends something and resolves with what is answered. */
  ask<Answer>(order: unknown): Promise<Answer>;
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>;
}

/** What a program says by itself has a `kind`; an answer has none. */
export interface Told {
  readonly kind: string;
}

export interface ChildOptions {
  /** What Node.js is started with. */
  readonly execArgv?: readonly string[];
  /** Whether it has a network of its own, with nothing in it. */
  readonly apart?: boolean;
  readonly tell?: (told: Told) => void;
}

/** Starts a program of this folder; resolves with its first answer, which says that it is ready. Rejects where it ends before. */
export async function startChild<Ready>(
  program: string,
  settings: object,
  { execArgv = [], apart = false, tell }: ChildOptions = {},
): Promise<readonly [child: Child, ready: Ready]> {
  const child = fork(join(import.meta.dirname, program), [JSON.stringify(settings)], {
    ...(apart && { execPath: 'unshare' }),
    execArgv: [...(apart ? ['--net', process.execPath] : []), ...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let answered: (answer: unknown) => void = () => {};
  child.on('message', (told: unknown) => {
    if (typeof told === 'object' && told !== null && 'kind' in told) tell?.(told as Told);
    else answered(told);
  });
  const answer = async <Answer>(): Promise<Answer> => {
    const gone = new AbortController();
    const ended = (...why: unknown[]): Promise<never> =>
      Promise.reject(new Error(`${program} has ended: ${why.flat().join(' ')}`));
    try {
      return await Promise.race([
        new Promise<Answer>((resolve) => (answered = resolve as typeof answered)),
        // `error` where it could not be started.
        once(child, 'exit', { signal: gone.signal }).then(ended),
      ]);
    } finally {
      gone.abort();
    }
  };
  const ready = await answer<Ready>();
  return [
    {
      process: child,
      ask(order) {
        child.send(order as object);
        return answer();
      },
      async kill() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      },
    },
    ready,
  ];
}

/** In such a program: does what it is asked, and ends with whoever started it. */
export function serveOrders(ready: object, carryOut: (order: never) => unknown): void {
  process.on('message', (order) => {
    void (async () => process.send!((await carryOut(order as never)) ?? {}))();
  });
  process.on('disconnect', () => process.exit());
  process.send!(ready);
}
