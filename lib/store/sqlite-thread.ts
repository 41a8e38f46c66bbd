import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { asError } from '../base/errors.ts';
import type { Reply, Request } from './sqlite-worker.ts';

/** The thread beside us runs from source and from the build alike. */
const SCRIPT = new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url);

/** The thread that owns a database, as a function of requests to replies. Nothing here rejects. */
export class SqliteThread {
  readonly #worker: Worker;
  readonly #onDeath: (detail: string) => void;
  // Replies come in the order of the requests.
  readonly #waiting: ((reply: Reply) => void)[] = [];
  #dead: (Reply & { kind: 'failed' }) | undefined;

  /** `onDeath` is called once if the thread ends by itself. */
  constructor(onDeath: (detail: string) => void) {
    this.#onDeath = onDeath;
    this.#worker = new Worker(SCRIPT, { name: 'factory-store' });
    this.#worker.on('message', (reply: Reply) => this.#waiting.shift()?.(reply));
    this.#worker.on('error', (error) => this.#die(`the storage thread ended: ${asError(error).message}`));
    this.#worker.on('exit', (code) => this.#die(`the storage thread ended (${code})`));
  }

  ask(request: Request): Promise<Reply> {
    if (this.#dead) return Promise.resolve(this.#dead);
    try {
      this.#worker.postMessage(request);
    } catch (error) {
      // Said at once and not by a reply: what cannot be cloned never left.
      return Promise.resolve({ kind: 'failed', detail: asError(error).message, fatal: false });
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  /** Ends the thread, whatever it is doing; requests that wait are answered as failed. */
  async stop(): Promise<void> {
    this.#end('the storage is closed');
    await this.#worker.terminate();
  }

  #die(detail: string): void {
    if (this.#end(`${detail}. Deploy again to start it anew`)) this.#onDeath(this.#dead?.detail ?? detail);
  }

  #end(detail: string): boolean {
    if (this.#dead) return false;
    this.#dead = { kind: 'failed', detail, fatal: true };
    for (const resolve of this.#waiting.splice(0)) resolve(this.#dead);
    return true;
  }
}
