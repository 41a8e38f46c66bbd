import { AccessLink } from './access-link.ts';
import { none, type ClientClock } from './clock.ts';
import { SessionStore, type Kept } from './session.ts';
import { same } from './shapes.ts';
import type { Session } from './types.ts';

const RETRY_MS = 5000;
const MAX_RETRY_MS = 30_000;
/** What a server answers that has no sessions, or does not let this machine have one. */
const KNOWS_NONE: ReadonlySet<number> = new Set([403, 404]);

export interface KeeperOptions {
  /** The address of the server's part for sessions. */
  readonly access: string;
  readonly token: string | undefined;
  readonly clock: ClientClock;
  /** The session is over, or there never was one: everything waits until {@link KeeperOptions.go}. */
  readonly stop: (why: string) => void;
  /** There is a token to try, or none is needed: everything begins anew. */
  readonly go: () => void;
  /** Who it is, or whether somebody has to sign in, is other than before. */
  readonly changed: (session: Session | null) => void;
}

/**
 * Knows who this page is signed in as. Where the server wants to know and nobody is, it asks again rarely, in
 * the place of everything else: until somebody signs in, here or in another tab.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #store: SessionStore;
  readonly #link: AccessLink;
  #session: Session | null;
  #needsSignIn = false;
  #stopped = false;
  #waits = 0;
  #cancel = none;
  #looking: object | undefined;
  /** Whether the server has said who this is. */
  #sure = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#store = new SessionStore(options.access, options.token, () => this.#elsewhere());
    this.#link = new AccessLink(options.access, options.clock);
    // A token that was given says nothing of itself.
    this.#session = options.token === undefined ? (this.#store.kept?.session ?? null) : null;
  }

  get session(): Session | null {
    return this.#session;
  }

  get needsSignIn(): boolean {
    return this.#needsSignIn;
  }

  get token(): string | undefined {
    return this.#store.token;
  }

  /** Whether nothing is to be asked of the server until somebody signs in. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Asks the server who this is, unless that is known or being asked. */
  confirm(): void {
    if (!this.#sure && !this.#looking) void this.look();
  }

  /** The connection was lost: it may be another server now. */
  doubt(): void {
    this.#sure = false;
  }

  /** Asks the server who this is. */
  async look(): Promise<void> {
    this.#cancel();
    const { token } = this.#store;
    const looking = (this.#looking = {});
    const look = await this.#link.look(token);
    if (looking !== this.#looking) return;
    this.#looking = undefined;
    // Meanwhile somebody signed in or out, and what that became is asked by itself.
    if (token !== this.#store.token) return;
    if (look.is === 'refused') {
      if (token !== undefined) this.#store.forget();
      this.#over(look.words);
      return;
    }
    this.#sure = look.is === 'known' || (look.is === 'other' && KNOWS_NONE.has(look.status));
    if (this.#sure) this.#become(look.is === 'known' ? look.session : null, false);
    // It is not for want of signing in that nothing is heard; the links say what it is.
    if (this.#stopped) this.#go();
    if (!this.#sure) this.#wait();
  }

  /** The server answered to what was asked with `token` that it knows nobody by it. */
  refused(words: string, token: string | undefined): void {
    if (token !== this.#store.token || this.#stopped) return;
    if (token !== undefined) this.#store.forget();
    this.#over(words);
  }

  /** The server answered as one does that has nothing against this session, or needs none. */
  welcome(): void {
    this.#waits = 0;
    if (this.#needsSignIn) this.#become(this.#session, false);
    this.confirm();
  }

  /** Somebody looks at the page again. */
  hurry(): void {
    if (this.#stopped) void this.look();
  }

  async signIn(name: string, password: string, remember: boolean): Promise<Session> {
    const kept = await this.#link.signIn({ name, password, remember });
    const before = this.#store.token;
    this.#store.keep(kept, remember);
    this.#enter(kept);
    // A token that a program was given is for others to end.
    if (before !== undefined && before !== this.#options.token) await this.#end(before);
    return kept.session;
  }

  async signOut(): Promise<void> {
    const { token } = this.#store;
    if (token === undefined) return;
    this.#store.forget();
    this.#waits = 0;
    this.#over('signed out');
    try {
      await this.#link.signOut(token);
    } finally {
      this.hurry();
    }
  }

  async #end(token: string): Promise<void> {
    await this.#link.signOut(token).catch(none);
    // That took the cookie away, which was the new session's already; this gives it back.
    void this.look();
  }

  async ticket(): Promise<string> {
    const { token } = this.#store;
    if (token === undefined) throw new Error('nobody is signed in');
    return this.#link.ticket(token);
  }

  close(): void {
    this.#cancel();
    this.#looking = undefined;
    this.#store.close();
    this.#link.close();
  }

  #elsewhere(): void {
    const { kept } = this.#store;
    if (kept) this.#enter(kept);
    else this.#over('signed out in another tab');
  }

  #enter({ session }: Kept): void {
    this.#waits = 0;
    this.#sure = true;
    this.#become(session, false);
    this.#go();
  }

  #over(words: string): void {
    this.#looking = undefined;
    this.#sure = false;
    this.#stopped = true;
    this.#wait();
    this.#options.stop(words);
    this.#become(null, true);
  }

  #wait(): void {
    this.#cancel();
    const delay = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#waits);
    this.#waits = Math.min(this.#waits + 1, 8);
    // Spread, so that many screens do not come all at once.
    this.#cancel = this.#options.clock.after(delay * (1 + Math.random() / 10), () => void this.look());
  }

  #go(): void {
    this.#cancel();
    this.#looking = undefined;
    this.#stopped = false;
    this.#options.go();
  }

  #become(session: Session | null, needsSignIn: boolean): void {
    const before = [this.#session, this.#needsSignIn];
    this.#session = session;
    this.#needsSignIn = needsSignIn;
    if (!same(before, [session, needsSignIn])) this.#options.changed(session);
  }
}
