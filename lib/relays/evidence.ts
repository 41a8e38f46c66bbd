import { isoTime } from '../base/clock.ts';
import type { Channel } from './channels.ts';
import { ContactWatch } from './contact-watch.ts';
import type { Home, Memory } from './home.ts';
import type { Fault, Verified } from './relay.ts';

/** Evidence for the state of one relay: its feedback, its line, or nothing fresh. */
export class Evidence {
  /** The contact that verifies the relay, where there is one. */
  readonly contact: ContactWatch | undefined;
  readonly #line: number;
  readonly #home: Home;
  #doubt: Fault | null = null;

  /** `changed` is called when the contact says something else, without the line's having moved. */
  constructor({ line, contact }: Channel, home: Home, standing: Memory['contact'], changed: () => void) {
    this.#line = line;
    this.#home = home;
    const { clock, contacts, driver } = home;
    const otherwise = driver.verified;
    this.contact =
      contact === null
        ? undefined
        : new ContactWatch({ contact, standing, contacts, clock, otherwise, changed });
  }

  /** Null where nothing fresh proves the state. */
  get verified(): Verified | null {
    const verified = this.contact?.verified ?? this.#home.driver.verified;
    return this.#doubt && verified !== 'contact' ? null : verified;
  }

  get fault(): Fault | null {
    const ofContact = this.contact?.fault ?? null;
    return ofContact ?? (this.verified === null ? this.#doubt : null);
  }

  /** True while the level that the line reads is uncertain. */
  get isDoubtful(): boolean {
    return this.#home.driver.doubt?.(this.#line) !== undefined;
  }

  /** The line was read and is `state`. */
  observe(state: boolean): void {
    this.contact?.observe(state);
    const { driver, clock } = this.#home;
    const reason = driver.doubt?.(this.#line);
    if (reason === undefined) this.#doubt = null;
    else if (this.#doubt?.reason !== reason) {
      this.#doubt = { code: 'unconfirmed', since: this.#doubt?.since ?? isoTime(clock.now()), reason };
    }
  }

  /** Returns whether a relay of this state counts as on in its interlock; null: it may be on. */
  occupies(state: boolean): boolean | null {
    if (state || this.contact?.shows === true) return true;
    return this.verified === null ? null : false;
  }
}
