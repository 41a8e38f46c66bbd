import { HttpLink, Refused, Unreadable, type Answer, type Question } from './http-link.ts';
import { readKept, readSession, type Kept } from './session.ts';
import type { ClientClock } from './clock.ts';
import type { Session, SignInError } from './types.ts';

const WITHIN_MS = 8000;
const UNAUTHENTICATED = 401;

/** What the server says of a session: who it is, that it is none, or neither. */
export type Look =
  | { readonly is: 'known'; readonly session: Session }
  | { readonly is: 'refused'; readonly words: string }
  /** It does not know sessions, or refuses for another reason; `words` are the server's own. */
  | { readonly is: 'other'; readonly status: number; readonly words: string }
  | { readonly is: 'unreachable'; readonly words: string };

export type Proof =
  | { readonly name: string; readonly password: string; readonly remember: boolean }
  | { readonly ticket: string };

/** The server's part that knows who is signed in. */
export class AccessLink {
  readonly #http: HttpLink;

  constructor(base: string, clock: ClientClock) {
    this.#http = new HttpLink({ base, clock });
  }

  /** Asks whose the token is, or who one is without one. Never rejects. */
  async look(token: string | undefined): Promise<Look> {
    try {
      const answer = await this.#ask('/session', { token });
      const session = answer.ok ? readSession(answer.body) : undefined;
      // The cookie opens pages, but without a token nothing can be done.
      if (session && !session.open && token === undefined) return { is: 'refused', words: 'sign in again' };
      if (session) return { is: 'known', session };
      const words = answer.ok ? '' : new Refused(answer).message;
      if (answer.status === UNAUTHENTICATED) return { is: 'refused', words };
      return { is: 'other', status: answer.status, words };
    } catch (error) {
      if (error instanceof Unreadable) return { is: 'other', status: error.status, words: '' };
      return { is: 'unreachable', words: wordsOf(error) };
    }
  }

  /** Rejects with a {@link SignInError}. */
  async signIn(proof: Proof): Promise<Kept> {
    const answer = await this.#ask('/session', { method: 'POST', body: proof }).catch((error: unknown) => {
      throw notSignedIn(wordsOf(error), 'unreachable');
    });
    if (!answer.ok) {
      const { message, code, retryAfter } = new Refused(answer);
      throw notSignedIn(message, code, retryAfter);
    }
    const kept = readKept(answer.body);
    if (!kept) throw notSignedIn('the answer of the server is no session', 'unexpected');
    return kept;
  }

  async signOut(token: string): Promise<void> {
    const answer = await this.#ask('/session', { method: 'DELETE', token });
    // Where it is not known any more, it has ended.
    if (!answer.ok && answer.status !== UNAUTHENTICATED) throw new Refused(answer);
  }

  async ticket(token: string): Promise<string> {
    const answer = await this.#ask('/ticket', { method: 'POST', body: {}, token });
    const { ticket } = answer.body;
    if (!answer.ok) throw new Refused(answer);
    if (typeof ticket !== 'string') throw new Error('the answer of the server is no ticket');
    return ticket;
  }

  close(): void {
    this.#http.close();
  }

  #ask(path: string, question: Question): Promise<Answer> {
    return this.#http.ask(path, WITHIN_MS, question);
  }
}

function notSignedIn(words: string, code: string, retryAfter?: number): SignInError {
  return Object.assign(new Error(words), { name: 'SignInError', code, retryAfter });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
