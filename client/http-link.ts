import { none, type ClientClock } from './clock.ts';
import { isObject, wordsOf, type Fields } from './shapes.ts';

const NO_CONTENT = 204;

export interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: Fields;
  /** Milliseconds from asking to the end of the answer. */
  readonly took: number;
}

export interface HttpOptions {
  /** What the paths are below. */
  readonly base: string;
  readonly clock: ClientClock;
  /** Called for each answer of the server itself. */
  readonly heard?: () => void;
}

export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: object;
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One of the server's parts over HTTP: JSON there and back, never for longer than asked. */
export class HttpLink {
  readonly #base: string;
  readonly #clock: ClientClock;
  readonly #heard: () => void;
  readonly #running = new Set<AbortController>();

  constructor({ base, clock, heard = none }: HttpOptions) {
    this.#base = base;
    this.#clock = clock;
    this.#heard = heard;
  }

  /** Gives up whatever is under way. */
  close(): void {
    for (const controller of this.#running) controller.abort();
  }

  /** Rejects with why there is no answer. What was aborted through `signal` rejects too. */
  async ask(path: string, within: number, question: Question = {}): Promise<Answer> {
    const { signal: outer } = question;
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
      const response = await fetch(this.#base + path, { ...requestOf(question), signal, cache: 'no-store' });
      const { ok, status } = response;
      const body: unknown =
        status === NO_CONTENT
          ? {}
          : await response.json().catch((error: unknown) => {
              // Not to be taken for an answer that is no JSON.
              if (signal.aborted) throw error;
            });
      if (!isObject(body)) throw new Unreadable(status);
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

function requestOf({ method = 'GET', body, token }: Question): RequestInit {
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
}

/** An answer that is not of the server's kind, such as a proxy's error page. */
export class Unreadable extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the server's answer is not readable (HTTP ${status})`);
    this.name = 'Unreadable';
    this.status = status;
  }
}

/** An answer that says no. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  /** Milliseconds. */
  readonly retryAfter: number | undefined;

  constructor({ status, body }: Answer) {
    const { error, code, retry_after: retryAfter } = body;
    super(typeof error === 'string' && error !== '' ? error : (wordsOf(body) ?? `HTTP ${status}`));
    this.name = 'Refused';
    this.status = status;
    this.code = typeof code === 'string' ? code : '';
    this.retryAfter = typeof retryAfter === 'number' ? retryAfter : undefined;
  }
}
