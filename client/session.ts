/**
 * Where a browser keeps who is signed in: for one server, in all tabs. What is remembered is in localStorage and outlives
 * the browser; what is not is in each tab's sessionStorage, and tabs tell each other.
 */
import { none } from './clock.ts';
import { isObject, type Fields } from './shapes.ts';
import type { Role, Session } from './types.ts';

const ROLES: ReadonlySet<unknown> = new Set<Role>(['viewer', 'operator', 'engineer']);

/** A session with the token that proves it. */
export interface Kept {
  readonly token: string;
  readonly session: Session;
}

/** What tabs say to each other. `fresh`: somebody has just signed in, and takes the place of whoever was before. */
type Said =
  { readonly ask: true } | { readonly kept: Fields; readonly fresh: boolean } | { readonly gone: string };

/** What a browser's page has, and Node.js does not. */
interface Page {
  readonly document?: unknown;
  readonly localStorage?: Storage;
  readonly sessionStorage?: Storage;
  readonly BroadcastChannel?: typeof BroadcastChannel;
  readonly addEventListener?: EventTarget['addEventListener'];
  readonly removeEventListener?: EventTarget['removeEventListener'];
}

const page = globalThis as unknown as Page;

export class SessionStore {
  readonly #key: string;
  /** Called where another tab has signed in or out. */
  readonly #changed: () => void;
  /** Whether it is kept in the browser at all. */
  readonly #shared: boolean;
  #kept: Kept | undefined;
  #channel: BroadcastChannel | undefined;
  #leave = none;

  /** `server` is whose session it is; `fixed` a token that is kept nowhere. */
  constructor(server: string, fixed: string | undefined, changed: () => void) {
    this.#key = `factory-iot-session ${server}`;
    this.#changed = changed;
    this.#shared = fixed === undefined && page.document !== undefined;
    if (fixed !== undefined) this.#kept = { token: fixed, session: UNKNOWN };
    if (this.#shared) this.#share();
  }

  get kept(): Kept | undefined {
    return this.#kept;
  }

  get token(): string | undefined {
    return this.#kept?.token;
  }

  keep(kept: Kept, remember: boolean): void {
    this.#kept = kept;
    if (!this.#shared) return;
    this.#write(kept, remember);
    if (!remember) this.#say({ kept: flat(kept), fresh: true });
  }

  forget(): void {
    const token = this.#kept?.token;
    this.#kept = undefined;
    if (!this.#shared) return;
    this.#write(undefined, false);
    if (token !== undefined) this.#say({ gone: token });
  }

  close(): void {
    this.#leave();
    this.#channel?.close();
    this.#channel = undefined;
  }

  #share(): void {
    this.#kept =
      read(stored(() => page.sessionStorage?.getItem(this.#key))) ??
      read(stored(() => page.localStorage?.getItem(this.#key)));
    const hear = (event: Event): void => this.#hearStorage(event as StorageEvent);
    page.addEventListener?.('storage', hear);
    this.#leave = () => page.removeEventListener?.('storage', hear);
    if (!page.BroadcastChannel) return;
    this.#channel = new page.BroadcastChannel(this.#key);
    this.#channel.addEventListener('message', ({ data }) => this.#hearTab(data));
    if (!this.#kept) this.#say({ ask: true });
  }

  #hearStorage({ key, newValue }: StorageEvent): void {
    // Without a key all of it was cleared.
    if (key !== this.#key && key !== null) return;
    const kept = read(newValue);
    if (kept?.token === this.#kept?.token) return;
    if (!kept && this.#isOwn()) return;
    if (kept) stored(() => page.sessionStorage?.removeItem(this.#key));
    this.#kept = kept;
    this.#changed();
  }

  #hearTab(data: unknown): void {
    if (!isObject(data)) return;
    const { ask, kept: told, fresh, gone } = data;
    const kept = this.#kept;
    if (ask === true && kept && this.#isOwn()) this.#say({ kept: flat(kept), fresh: false });
    const next = readKept(told);
    if (next && (fresh === true || !kept) && next.token !== kept?.token) this.#become(next);
    if (kept && gone === kept.token) this.#become(undefined);
  }

  #become(kept: Kept | undefined): void {
    this.#kept = kept;
    this.#write(kept, false);
    this.#changed();
  }

  /** Whether it is this tab's own, and not remembered. */
  #isOwn(): boolean {
    return Boolean(stored(() => page.sessionStorage?.getItem(this.#key)));
  }

  #write(kept: Kept | undefined, remember: boolean): void {
    const text = kept && JSON.stringify(flat(kept));
    const places = [
      [() => page.localStorage, remember],
      [() => page.sessionStorage, !remember],
    ] as const;
    for (const [place, wanted] of places)
      stored(() =>
        text !== undefined && wanted ? place()?.setItem(this.#key, text) : place()?.removeItem(this.#key),
      );
  }

  #say(said: Said): void {
    this.#channel?.postMessage(said);
  }
}

/** Of a token of which nothing is known yet. */
const UNKNOWN: Session = { name: '', role: 'viewer', relays: [], areas: [], expires: null, open: false };

/** The session that a server tells of; undefined where it is none. */
export function readSession(body: unknown): Session | undefined {
  if (!isObject(body) || typeof body['name'] !== 'string') return undefined;
  const { name, role, relays, areas, expires, open } = body;
  return {
    name,
    // A role of a later server is shown as the least, and judged there.
    role: ROLES.has(role) ? (role as Role) : 'viewer',
    relays: texts(relays),
    areas: texts(areas),
    expires: typeof expires === 'string' ? expires : null,
    open: open === true,
  };
}

/** The session with its token; undefined where one of them is missing. */
export function readKept(body: unknown): Kept | undefined {
  const session = readSession(body);
  const token = isObject(body) ? body['token'] : undefined;
  return session && typeof token === 'string' && token !== '' ? { token, session } : undefined;
}

function flat({ token, session }: Kept): Fields {
  return { token, ...session };
}

function read(text: string | null | undefined): Kept | undefined {
  try {
    return text ? readKept(JSON.parse(text)) : undefined;
  } catch {
    return undefined;
  }
}

/** Where a browser keeps nothing, the session lasts as long as the page is open. */
function stored<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
