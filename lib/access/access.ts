import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { ClockTrust } from '../base/clock-trust.ts';
import { Emitter } from '../base/events.ts';
import type { Entry } from './entries.ts';
import type { AccessSettings, Failure, Identity, SignIn } from './identity.ts';
import { WRONG } from './passwords.ts';
import { People } from './people.ts';
import { NO_PROXIES, type Proxies } from './proxies.ts';
import { Report } from './report.ts';
import { ALL_RIGHTS, type Role } from './role.ts';
import { digest, pageSecret, PREFIXES } from './secret.ts';
import { Screens } from './screens.ts';
import { Sessions, SHIFT_MS, type SessionKeeper, type SessionRecord } from './sessions.ts';
import { Tickets } from './tickets.ts';
import { Verifier } from './verifier.ts';

/** How often it is looked whether someone's time is over: an open socket outlives its session by so long at most. */
export const REVIEW_MS = 1000;

export type { AccessSettings, Failure, Identity, SignIn } from './identity.ts';

type Holder = { readonly grant: string } | { readonly user: string; readonly role: Role };

/**
 * Who is who: people with passwords, programs with tokens, who has signed in, and who is at which screen. One for a whole
 * Node-RED, for the life of its process; what an access node says can change at each deploy. It knows who somebody is;
 * whether they may is judged by `authorise()` alone.
 */
export class Access {
  /** `changed`: somebody's rights may be other than before, or nobody's at all. */
  readonly events = new Emitter<{ changed: undefined }>();
  readonly sessions: Sessions;
  readonly report: Report;
  readonly people: People;
  readonly screens = new Screens();
  readonly #tickets: Tickets<Holder>;
  readonly #verifier: Verifier;
  readonly #trust: ClockTrust;
  #settings: AccessSettings | undefined;
  #isAwaiting = false;
  #living: ReadonlySet<string> = new Set();

  constructor(clock: Clock, trust = new ClockTrust(clock)) {
    this.#trust = trust;
    this.people = new People(trust);
    this.sessions = new Sessions(clock, trust);
    this.report = new Report(clock);
    this.#tickets = new Tickets(clock);
    const { report, sessions } = this;
    this.#verifier = new Verifier(clock, { people: this.people, sessions, report });
  }

  /** Whether everybody has to sign in; otherwise only this machine itself is trusted. */
  get isConfigured(): boolean {
    const settings = this.#settings;
    return (
      this.broken !== undefined ||
      (settings !== undefined && (settings.entries.length > 0 || settings.nodeRedUsers))
    );
  }

  /** Why nobody can be let in, where the settings cannot work. */
  get broken(): string | undefined {
    return this.people.broken;
  }

  get origins(): readonly string[] {
    return this.#settings?.origins ?? [];
  }

  get proxies(): Proxies {
    return this.#settings?.proxies ?? NO_PROXIES;
  }

  get entries(): readonly Entry[] {
    return this.people.entries;
  }

  configure(settings: AccessSettings): void {
    this.#settings = settings;
    this.people.set(settings.entries);
    this.#changed();
  }

  /**
   * Keeps everybody out where settings cannot work: a typing error must not open a plant. `menders` may still sign in to
   * the editor.
   */
  refuseAll(reason: string, menders: readonly Entry[] = []): void {
    this.people.refuseAll(reason, menders);
    this.#changed();
  }

  /** There is no access node any more. */
  forget(): void {
    this.#settings = undefined;
    this.people.set([]);
    this.#isAwaiting = false;
    this.#tickets.clear();
    this.screens.clear();
    this.report.forget();
    this.#changed();
  }

  /** Says whether sessions of an earlier process are still to be read: until then nobody is told that theirs is none. */
  awaitSessions(isAwaited: boolean): void {
    this.#isAwaiting = isAwaited && !this.sessions.isKept;
  }

  /** Returns whether a secret may be that of a session that has not been read yet. */
  awaits(secret: string): boolean {
    return this.#isAwaiting && secret.startsWith(PREFIXES.session);
  }

  /** Where sessions survive, and where everything is written down that has to do with who may what. */
  keepIn(keeper: SessionKeeper): void {
    this.sessions.keepIn(keeper);
    this.#isAwaiting = false;
    this.#changed();
  }

  /** Who has this token or session; undefined for nobody, or nobody any more. */
  identify(secret: string): Identity | undefined {
    if (secret.startsWith(PREFIXES.session)) return this.#ofSession(this.sessions.get(digest(secret)));
    if (!secret.startsWith(PREFIXES.token)) return undefined;
    const entry = this.people.byToken(digest(secret));
    return entry && this.#ofEntry(entry, `token:${entry.secret}`);
  }

  /** Who has this cookie, which opens pages and nothing else. */
  identifyPage(page: string): Identity | undefined {
    return this.#ofSession(this.sessions.byPage(digest(page)));
  }

  /** Who was known before by this, if still. */
  recall(grant: string): Identity | undefined {
    const [kind, id = ''] = grant.split(':', 2);
    if (kind === 'session') return this.#ofSession(this.sessions.get(id));
    const entry = kind === 'token' ? this.people.byToken(id) : undefined;
    return entry && this.#ofEntry(entry, grant);
  }

  /** Signs an engineer in to Node-RED's editor; see {@link verify}. */
  verifyEditorUser(name: string, password: string): Promise<Entry | Failure> {
    return this.#verifier.editorUser(name, password);
  }

  /** See {@link Verifier.stranger}. */
  stranger(address: string): number {
    return this.#verifier.stranger(address);
  }

  /** Signs a person in. */
  async signIn(
    name: string,
    password: string,
    options: { address: string; remember: boolean },
  ): Promise<SignIn> {
    const entry = await this.verify(name, password, options.address);
    if ('code' in entry) return { failed: entry };
    return this.#open({ entry: entry.id, name: entry.name, mark: markOf(entry), ...options });
  }

  /** See {@link Verifier.person}. */
  verify(name: string, password: string, address: string): Promise<Entry | Failure> {
    return this.#verifier.person(name, password, address);
  }

  /** A ticket for somebody who is known already, or for a user of Node-RED; undefined where these may not come in. */
  issue(holder: Holder): string | undefined {
    if ('user' in holder && this.#settings?.nodeRedUsers !== true) return undefined;
    return this.#tickets.issue(holder);
  }

  /** Signs somebody in by a ticket. */
  redeem(ticket: unknown, options: { address: string; remember: boolean }): SignIn | undefined {
    const holder = this.#tickets.redeem(ticket);
    if (!holder) return undefined;
    if ('user' in holder) return this.#open({ name: holder.user, role: holder.role, ...options });
    const [kind, id = ''] = holder.grant.split(':', 2);
    const parent = kind === 'session' ? this.sessions.get(id) : undefined;
    if (parent) {
      const { entry, name, role, mark } = parent;
      return this.#open({
        name,
        ...(entry && { entry }),
        ...(role && { role }),
        ...(mark && { mark }),
        ...options,
      });
    }
    const entry = this.recall(holder.grant) && this.people.byToken(id);
    return entry && this.#open({ entry: entry.id, name: entry.name, mark: markOf(entry), ...options });
  }

  /** Prolongs a session whose owner is here. */
  renew(token: string): { page: string; identity: Identity; remember: boolean } | undefined {
    const record = this.sessions.get(digest(token));
    if (!record || !this.#ofSession(record)) return undefined;
    const renewed = this.sessions.renew(record, this.#settings?.rememberMs ?? SHIFT_MS);
    const { remember } = renewed;
    return { page: pageSecret(token), identity: this.#ofSession(renewed)!, remember };
  }

  signOut(token: string, from: string): boolean {
    const record = this.sessions.end(digest(token));
    if (!record) return false;
    this.report.write({
      kind: 'sign-out',
      by: record.name,
      from,
      via: 'http',
      what: 'session',
      result: 'done',
    });
    this.#changed();
    return true;
  }

  /** Who sits at a dashboard's screen has shown a ticket through the dashboard's own socket. */
  bind(screen: string, ticket: unknown): Identity | undefined {
    const holder = this.#tickets.redeem(ticket);
    const identity = holder && 'grant' in holder ? this.recall(holder.grant) : undefined;
    if (identity) this.screens.bind(screen, identity.grant);
    return identity;
  }

  /** Who is at this screen. */
  at(screen: string): Identity | undefined {
    const grant = this.screens.at(screen);
    return grant === undefined ? undefined : this.recall(grant);
  }

  #open(who: Omit<SessionRecord, 'hash' | 'page' | 'began' | 'expires'>): SignIn {
    const { remember, name, address: from } = who;
    const lasts = remember ? (this.#settings?.rememberMs ?? SHIFT_MS) : SHIFT_MS;
    const opened = this.sessions.open(who, lasts);
    const identity = this.#ofSession(opened.record);
    if (!identity) {
      this.sessions.end(opened.record.hash);
      return { failed: { code: 'unauthenticated', reason: WRONG } };
    }
    this.report.write({ kind: 'sign-in', by: name, from, via: 'http', what: 'session', result: 'done' });
    return { opened, identity };
  }

  #ofSession(record: SessionRecord | undefined): Identity | undefined {
    if (!record) return undefined;
    const grant = `session:${record.hash}`;
    const { entry: id, name, role, expires } = record;
    if (id === undefined) {
      if (this.#settings?.nodeRedUsers !== true || role === undefined) return undefined;
      return { ...ALL_RIGHTS, role, name, grant, expires };
    }
    const entry = this.people.byId(id);
    // Another password, or another token, and whoever came in by the old one is out.
    if (!entry || markOf(entry) !== record.mark) return undefined;
    const identity = this.#ofEntry(entry, grant);
    return identity && { ...identity, expires: Math.min(expires, identity.expires ?? Infinity) };
  }

  #ofEntry(entry: Entry, grant: string): Identity | undefined {
    const { name, role, relays, areas, devices, expires } = entry;
    if (!this.people.mayEnter(entry)) return undefined;
    return { name, role, relays, areas, devices, grant, expires };
  }

  /** Tells where someone's time is over since it was looked last; call it each {@link REVIEW_MS}. Who has come since then is no news. */
  review(): void {
    const alive = this.#alive();
    if (Array.from(this.#living).every((one) => alive.has(one))) this.#living = alive;
    else this.#changed();
  }

  #changed(): void {
    this.#living = this.#alive();
    this.events.emit('changed', undefined);
  }

  #alive(): ReadonlySet<string> {
    return new Set([...this.sessions.alive().map(({ hash }) => hash), ...this.people.alive()]);
  }

  /** Milliseconds until somebody's end; null: there is none. */
  left({ expires }: Identity): number | null {
    return expires === null ? null : Math.max(0, expires - this.#trust.now());
  }

  /** For people: what a session's answer tells of its end. */
  static expiry({ expires }: Identity): string | null {
    return expires === null ? null : isoTime(expires);
  }
}

/** Tells whether an entry has another secret by now; a session is kept in clear, so not what the secret itself is kept as. */
function markOf({ secret = '' }: Entry): string {
  return digest(`mark ${secret}`);
}
