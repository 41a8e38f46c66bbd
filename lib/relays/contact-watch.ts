import { isoTime } from '../base/clock.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { Unsubscribe } from '../base/events.ts';
import { quote } from '../base/text.ts';
import type { Contact } from './contact.ts';
import type { Fault, Verified } from './relay.ts';
import { word } from './result.ts';

/** What relays need of the inputs of their plant. */
export interface Contacts {
  /** Undefined where there is no such input, a level of null where it is not known, and why. */
  get(id: string): { readonly level: boolean | null; readonly reason?: string } | undefined;
  readonly events: {
    on(name: 'change', listener: (change: { readonly id: string }) => void): Unsubscribe;
  };
}

/** The inputs of a board that is in no plant. */
export const NO_CONTACTS: Contacts = { get: () => undefined, events: { on: () => () => {} } };

/** Whether a contact followed the line; `superseded`: it had no time to. */
export type Verdict = 'follows' | 'differs' | 'unknown' | 'superseded';

/** Fault of a contact as it outlives its board: of which input, while the line reads so, since when. Empty: none. */
export interface StandingFault {
  fault?: { readonly input: string; readonly state: boolean; readonly since: string } | undefined;
}

export interface ContactWatchOptions {
  readonly contact: Contact;
  readonly standing: StandingFault;
  readonly contacts: Contacts;
  readonly clock: Clock;
  /** How far the relay is verified without it. */
  readonly otherwise: Verified;
  /** What it says is other than before, without the line's having moved. */
  readonly changed: () => void;
}

/**
 * Holds a relay's contact against its line. One that differs for longer than it may take to follow is a fault, whether the
 * line moved or the contact did: which of the two came first is not always known.
 */
export class ContactWatch {
  readonly #options: ContactWatchOptions;
  /** What the line reads; null: it is not to be held against anything now. */
  #state: boolean | null = null;
  #since: string | null = null;
  #cancelGrace: Cancel | undefined;
  #leave: Unsubscribe | undefined;
  #waiting: ((verdict: Verdict) => void)[] = [];

  constructor(options: ContactWatchOptions) {
    this.#options = options;
  }

  /** What the relay is by its contact; null: that is not known. */
  get shows(): boolean | null {
    const { contact, contacts } = this.#options;
    const level = contacts.get(contact.input)?.level ?? null;
    return level === null ? null : level !== contact.inverted;
  }

  get verified(): Verified {
    return this.#state !== null && this.shows === this.#state ? 'contact' : this.#options.otherwise;
  }

  get fault(): Fault | null {
    return this.#since === null ? null : { code: 'contact', since: this.#since, reason: this.reason };
  }

  /** Why it does not prove what the line reads, for a person. */
  get reason(): string {
    const { contact, contacts } = this.#options;
    const { shows } = this;
    const name = `its contact ${quote(contact.input)}`;
    if (shows !== null) return `${name} shows it ${word(shows)}, but its line reads ${word(!shows)}`;
    const input = contacts.get(contact.input);
    const why = input ? (input.reason ?? 'nothing was read of it yet') : 'the plant has no such input';
    return `${name} is not known: ${why}`;
  }

  /** The line reads so; the contact is to follow. */
  observe(state: boolean): void {
    const { contact, contacts, changed } = this.#options;
    this.#leave ??= contacts.events.on('change', ({ id }) => {
      if (id !== contact.input) return;
      this.#judge();
      changed();
    });
    if (this.#state !== state) this.#forget();
    this.#state = state;
    const { fault } = this.#options.standing;
    if (fault?.input === contact.input && fault.state === state) this.#since ??= fault.since;
    else this.#options.standing.fault = undefined;
    this.#judge();
  }

  /** Resolves once it is known whether the contact followed the line to this state. */
  settled(state: boolean): Promise<Verdict> {
    if (this.#state !== state) return Promise.resolve('superseded');
    if (this.shows === state) return Promise.resolve('follows');
    if (this.#since !== null) return Promise.resolve(this.#verdict);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The line cannot be read any more, until it is observed again. */
  rest(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#state = null;
    this.#forget();
  }

  get #verdict(): Verdict {
    const { shows } = this;
    return shows === null ? 'unknown' : shows === this.#state ? 'follows' : 'differs';
  }

  #judge(): void {
    if (this.#verdict === 'follows') {
      this.#stopGrace();
      this.#since = null;
      this.#options.standing.fault = undefined;
      this.#answer('follows');
    } else if (this.#since === null) {
      this.#cancelGrace ??= this.#options.clock.after(this.#options.contact.within, () => this.#fail());
    }
  }

  #fail(): void {
    this.#cancelGrace = undefined;
    const { clock, contact, standing } = this.#options;
    this.#since = isoTime(clock.now());
    standing.fault = { input: contact.input, state: this.#state!, since: this.#since };
    this.#answer(this.#verdict);
    this.#options.changed();
  }

  /** What was the matter was of another state. */
  #forget(): void {
    this.#stopGrace();
    this.#since = null;
    this.#answer('superseded');
  }

  #stopGrace(): void {
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
  }

  #answer(verdict: Verdict): void {
    for (const resolve of this.#waiting.splice(0)) resolve(verdict);
  }
}
