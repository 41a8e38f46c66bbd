import type { Clock } from '../base/clock.ts';
import type { Entry } from './entries.ts';
import type { Failure } from './identity.ts';
import { Passwords, WRONG } from './passwords.ts';
import type { People } from './people.ts';
import { placeOf } from './proxies.ts';
import type { Report } from './report.ts';
import type { Sessions } from './sessions.ts';
import { Throttle } from './throttle.ts';

/** Checks passwords, and slows down those who guess. */
export class Verifier {
  readonly #people: People;
  readonly #sessions: Sessions;
  readonly #report: Report;
  readonly #passwords: Passwords;
  readonly #strangers: Throttle;

  constructor(clock: Clock, of: { people: People; sessions: Sessions; report: Report }) {
    this.#people = of.people;
    this.#sessions = of.sessions;
    this.#report = of.report;
    this.#passwords = new Passwords(clock);
    this.#strangers = new Throttle(clock, { free: 20, longest: 60_000 });
  }

  /** Counts a secret that nobody has; milliseconds that its sender has to wait for the next answer. */
  stranger(address: string): number {
    const place = placeOf(address);
    const wait = this.#strangers.wait(place);
    if (wait === 0) this.#strangers.failed(place);
    return wait;
  }

  /** The person whose password this is; see {@link Passwords}. */
  person(name: string, password: string, address: string): Promise<Entry | Failure> {
    const named = this.#people.person(name);
    const entry = named && this.#people.mayEnter(named) ? named : undefined;
    return this.#verify(name, password, address, { entry, named });
  }

  /** The same for an engineer in Node-RED's editor. */
  editorUser(name: string, password: string): Promise<Entry | Failure> {
    const entry = this.#people.editorUser(name);
    return this.#verify(name, password, 'editor', { entry, named: entry });
  }

  /** `entry`: who may come in by this name; `named`: who has it, for the audit. */
  async #verify(
    name: string,
    password: string,
    address: string,
    { entry, named }: { entry: Entry | undefined; named: Entry | undefined },
  ): Promise<Entry | Failure> {
    const isKnown = named !== undefined && this.#sessions.isAt(named.id, address);
    const kept = named?.secret;
    let failure = await this.#passwords.verify(name.toLowerCase(), password, address, { kept, isKnown });
    if (!failure && entry) return entry;
    failure ??= { code: 'unauthenticated', reason: WRONG };
    const { code, reason } = failure;
    // What nobody is called may be a password that was typed into the wrong field, so it is not written down.
    this.#report.refused({ address, code, reason, via: 'http', what: 'sign-in', by: named?.name });
    return failure;
  }
}
