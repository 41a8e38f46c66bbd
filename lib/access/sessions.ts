/** Who has signed in, where from, and until when. What is kept of a session is no use to who finds it. */
import type { Clock } from '../base/clock.ts';
import { placeOf } from './proxies.ts';
import type { Role } from './role.ts';
import { digest, newSecret, pageSecret } from './secret.ts';

/** How many can be signed in at once; beyond, who has not been here for longest has to sign in again. */
export const MAX_SESSIONS = 1000;
/** How many of these one person or token may have; beyond, their own oldest ends and nobody else's. */
export const MAX_SESSIONS_EACH = 250;
/** How long one lasts that is not to be remembered: a shift, and some. */
export const SHIFT_MS = 12 * 3_600_000;

/** A session as it is kept. */
export interface SessionRecord {
  /** Recognises the secret that programs and scripts send. */
  readonly hash: string;
  /** Recognises the secret of the cookie that opens pages. */
  readonly page: string;
  /** The entry it is of; undefined for a user of Node-RED, who is known by name and role alone. */
  readonly entry?: string;
  readonly name: string;
  readonly role?: Role;
  /** Tells the entry's secret, as it was when this session began, from any other: a new password ends all older sessions. */
  readonly mark?: string;
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly expires: number;
  /** Whether it is prolonged while it is used. */
  readonly remember: boolean;
}

/** Where sessions survive a start of the process. */
export interface SessionKeeper {
  all(): readonly SessionRecord[];
  keep(record: SessionRecord): void;
  drop(hash: string): void;
}

/** A session's secrets, known only to whom it was opened for. */
export interface Opened {
  readonly record: SessionRecord;
  readonly token: string;
  readonly page: string;
}

export class Sessions {
  readonly #clock: Clock;
  #keeper: SessionKeeper | undefined;
  // Those that were used last come last; what was kept from an earlier process comes first, as it was kept.
  readonly #records = new Map<string, SessionRecord>();
  readonly #byPage = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes over what was kept, and keeps what is here already. */
  keepIn(keeper: SessionKeeper): void {
    this.#keeper = keeper;
    const here = Array.from(this.#records.values());
    for (const record of keeper.all()) this.#add(record);
    for (const record of here) keeper.keep(record);
  }

  open(
    who: Pick<SessionRecord, 'entry' | 'name' | 'role' | 'mark' | 'address' | 'remember'>,
    until: number,
  ): Opened {
    const token = newSecret('session');
    const page = pageSecret(token);
    const began = this.#clock.now();
    const record = { ...who, hash: digest(token), page: digest(page), began, expires: until };
    this.#add(record);
    this.#keeper?.keep(record);
    const theirs = this.list().filter(({ entry, name }) => entry === who.entry && name === who.name);
    for (const { hash } of theirs.slice(0, -MAX_SESSIONS_EACH)) this.end(hash);
    for (const [hash] of this.#records) {
      if (this.#records.size <= MAX_SESSIONS) break;
      this.end(hash);
    }
    return { record, token, page };
  }

  /** By what its token is recognised; undefined where there is none, or no more. */
  get(hash: string): SessionRecord | undefined {
    const record = this.#records.get(hash);
    if (!record) return undefined;
    if (record.expires > this.#clock.now()) return record;
    this.end(hash);
    return undefined;
  }

  byPage(page: string): SessionRecord | undefined {
    const hash = this.#byPage.get(page);
    return hash === undefined ? undefined : this.get(hash);
  }

  /** Its owner is here again: a session that is to be remembered lasts as long from now as it did at its begin. */
  renew(record: SessionRecord, until: number): SessionRecord {
    const renewed = record.remember ? { ...record, expires: until } : record;
    this.#records.delete(record.hash);
    this.#add(renewed);
    if (renewed !== record) this.#keeper?.keep(renewed);
    return renewed;
  }

  end(hash: string): SessionRecord | undefined {
    const record = this.#records.get(hash);
    if (!record) return undefined;
    this.#records.delete(hash);
    this.#byPage.delete(record.page);
    this.#keeper?.drop(hash);
    return record;
  }

  /** Whether this entry is signed in from this address. */
  isAt(entry: string, address: string): boolean {
    const now = this.#clock.now();
    const place = placeOf(address);
    return this.list().some(
      (record) => record.entry === entry && record.expires > now && placeOf(record.address) === place,
    );
  }

  list(): SessionRecord[] {
    return Array.from(this.#records.values());
  }

  #add(record: SessionRecord): void {
    this.#records.set(record.hash, record);
    this.#byPage.set(record.page, record.hash);
  }
}
