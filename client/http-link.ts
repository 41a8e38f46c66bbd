import type { ClientClock } from './clock.ts';
import { isObject, wordsOf, type Fields } from './shapes.ts';

export interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: Fields;
  /** Milliseconds from asking to the end of the answer. */
  readonly took: number;
}

export interface HttpOptions {
  readonly api: string;
  readonly clock: ClientClock;
  /** Called for each answer of the server itself. */
  readonly heard: () => void;
}

/** The HTTP API: JSON there and back, never for longer than asked. */
export class HttpLink {
  readonly #api: string;
  readonly #clock: ClientClock;
  readonly #heard: () => void;
  readonly #running = new Set<AbortController>();

  constructor({ api, clock, heard }: HttpOptions) {
    this.#api = api;
    this.#clock = clock;
    this.#heard = heard;
  }

  /** Rejects with why there is no answer. What was aborted through `signal` rejects too. */
  get(path: string, within: number, signal: AbortSignal): Promise<Answer> {
    return this.#ask(path, within, {}, signal);
  }

  post(path: string, within: number, body: object): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.#ask(path, within, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** Gives up whatever is under way. */
  close(): void {
    for (const controller of this.#running) controller.abort();
  }

  async #ask(path: string, within: number, init: RequestInit, outer?: AbortSignal): Promise<Answer> {
    const controller = new AbortController();
    const giveUp = (): void => controller.abort();
    let late = false;
    const cancel = this.#clock.after(within, () => {
      late = true;
      giveUp();
    });
    this.#running.add(controller);
    outer?.addEventListener('abort', giveUp);
    if (outer?.aborted) giveUp();
    const asked = this.#clock.monotonic();
    try {
      const { signal } = controller;
      const response = await fetch(this.#api + path, { ...init, signal, cache: 'no-store' });
      const { ok, status } = response;
      const body: unknown = await response.json().catch((error: unknown) => {
        // Not to be taken for an answer that is no JSON.
        if (signal.aborted) throw error;
      });
      if (!isObject(body)) throw new Error(`the server's answer is not readable (HTTP ${status})`);
      this.#heard();
      return { ok, status, body, took: this.#clock.monotonic() - asked };
    } catch (error) {
      if (late) throw new Error(`the server did not answer within ${within} ms`, { cause: error });
      if (error instanceof TypeError) throw new Error('the server cannot be reached', { cause: error });
      throw error;
    } finally {
      cancel();
      outer?.removeEventListener('abort', giveUp);
      this.#running.delete(controller);
    }
  }
}

/** An answer that says no. */
export class Refused extends Error {
  constructor({ status, body }: Answer) {
    const error = body['error'];
    super(typeof error === 'string' && error !== '' ? error : (wordsOf(body) ?? `HTTP ${status}`));
    this.name = 'Refused';
  }
}
