/** Who has signed in, where from, and until when. What is kept of a session is no use to who finds it. */
import type { Clock } from '../base/clock.ts';
import { CORRECTION_MS, LEAP_MS, type ClockTrust } from '../base/clock-trust.ts';
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
  /** Time of the last prolongation, milliseconds since 1970; left out: never. */
  readonly since?: number;
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

/**
 * A session of this process ends by monotonic time, so that no jump of the wall clock ends or prolongs it. One of an earlier
 * process ends by the later of the wall clock and the expected time.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #trust: ClockTrust;
  #keeper: SessionKeeper | undefined;
  // Those that were used last come last; what was kept from an earlier process comes first, as it was kept.
  readonly #records = new Map<string, SessionRecord>();
  readonly #byPage = new Map<string, string>();
  /** Ends by monotonic time, of sessions that have been valid in this process. */
  readonly #ends = new Map<string, number>();

  constructor(clock: Clock, trust: ClockTrust) {
    this.#clock = clock;
    this.#trust = trust;
    trust.events.on('changed', ({ suspicion }) => {
      if (!suspicion) this.#restate();
    });
  }

  /** True once the sessions of an earlier process are here. */
  get isKept(): boolean {
    return this.#keeper !== undefined;
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
    lasts: number,
  ): Opened {
    const token = newSecret('session');
    const page = pageSecret(token);
    const began = this.#trust.now();
    const record = { ...who, hash: digest(token), page: digest(page), began, expires: began + lasts };
    this.#add(record);
    this.#ends.set(record.hash, this.#clock.monotonic() + lasts);
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
    if (this.#left(record) > 0) return record;
    if (this.#isOverForGood(record)) this.end(hash);
    return undefined;
  }

  byPage(page: string): SessionRecord | undefined {
    const hash = this.#byPage.get(page);
    return hash === undefined ? undefined : this.get(hash);
  }

  /** Moves a session to the end of its time again where it is to be remembered, because its owner is here. */
  renew(record: SessionRecord, lasts: number): SessionRecord {
    const now = this.#trust.now();
    const renewed = record.remember ? { ...record, since: now, expires: now + lasts } : record;
    this.#records.delete(record.hash);
    this.#add(renewed);
    if (renewed === record) return record;
    this.#ends.set(record.hash, this.#clock.monotonic() + lasts);
    this.#keeper?.keep(renewed);
    return renewed;
  }

  end(hash: string): SessionRecord | undefined {
    const record = this.#records.get(hash);
    if (!record) return undefined;
    this.#records.delete(hash);
    this.#ends.delete(hash);
    this.#byPage.delete(record.page);
    this.#keeper?.drop(hash);
    return record;
  }

  /** Whether this entry is signed in from this address. */
  isAt(entry: string, address: string): boolean {
    const place = placeOf(address);
    return this.list().some(
      (record) => record.entry === entry && placeOf(record.address) === place && this.#left(record) > 0,
    );
  }

  /** Those that are valid now. */
  alive(): SessionRecord[] {
    return this.list().filter((record) => this.#left(record) > 0);
  }

  list(): SessionRecord[] {
    return Array.from(this.#records.values());
  }

  /** Milliseconds until its end. */
  #left({ hash, began, since = began, expires }: SessionRecord): number {
    const monotonic = this.#clock.monotonic();
    const end = this.#ends.get(hash);
    if (end !== undefined) return end - monotonic;
    // Never more than it lasts in all, however far behind the clock is.
    const left = expires - Math.max(this.#trust.latest(), since);
    if (left > 0) this.#ends.set(hash, monotonic + left);
    return left;
  }

  /** A clock that is ahead for a while ends no session of an earlier process for good. */
  #isOverForGood({ hash, expires }: SessionRecord): boolean {
    if (this.#ends.has(hash)) return true;
    return this.#trust.suspicion === undefined && this.#trust.now() > expires + LEAP_MS;
  }

  /** Stores the ends anew once the clock is right: by the wrong one the next process would take them for past. */
  #restate(): void {
    const now = this.#trust.now();
    for (const record of this.alive()) {
      const expires = now + this.#left(record);
      if (Math.abs(expires - record.expires) < CORRECTION_MS) continue;
      const restated = { ...record, since: now, expires };
      this.#records.set(record.hash, restated);
      this.#keeper?.keep(restated);
    }
  }

  #add(record: SessionRecord): void {
    this.#records.set(record.hash, record);
    this.#byPage.set(record.page, record.hash);
  }
}
