import type { ClockTrust } from '../base/clock-trust.ts';
import type { Entry } from './entries.ts';

/** People and tokens that are set, and why nobody can be let in where these settings cannot work. */
export class People {
  readonly #trust: ClockTrust;
  #entries: readonly Entry[] = [];
  #broken: string | undefined;
  /** Engineers of settings that cannot work: they may use the editor, to correct these. */
  #menders: readonly Entry[] = [];
  #byToken = new Map<string, Entry>();
  #byId = new Map<string, Entry>();

  constructor(trust: ClockTrust) {
    this.#trust = trust;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get broken(): string | undefined {
    return this.#broken;
  }

  set(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#broken = undefined;
    this.#menders = [];
    this.#byId = new Map(entries.map((entry) => [entry.id, entry]));
    const tokens = entries.filter(({ kind, secret }) => kind === 'token' && secret);
    this.#byToken = new Map(tokens.map((entry) => [entry.secret!, entry]));
  }

  /** Leaves who was set as they are, and lets none of them in; `menders` may still sign in to the editor. */
  refuseAll(reason: string, menders: readonly Entry[]): void {
    this.#broken = reason;
    this.#menders = menders;
  }

  byId(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  /** By what its token is kept as. */
  byToken(kept: string): Entry | undefined {
    return this.#byToken.get(kept);
  }

  person(name: string): Entry | undefined {
    const key = name.toLowerCase();
    return this.#entries.find((entry) => entry.kind === 'person' && entry.name.toLowerCase() === key);
  }

  /**
   * Tells whether somebody may come in now. The later of the wall clock's and the expected time counts: what has ended stays
   * ended when the clock jumps back.
   */
  mayEnter(entry: Entry): boolean {
    return this.#broken === undefined && !this.#isOver(entry);
  }

  /** Ids of who may come in now. */
  alive(): string[] {
    return this.#entries.filter((entry) => !this.#isOver(entry)).map(({ id }) => id);
  }

  /**
   * An engineer is set, or nobody knows who is. Closes the editor to who has not signed in, also where that engineer cannot
   * sign in any more: an end that has passed or a lost password opens nothing.
   */
  get hasEngineer(): boolean {
    return this.#broken !== undefined || this.#entries.some(isEngineer);
  }

  /** Engineer of this name who may use Node-RED's editor now; undefined: nobody is one. */
  editorUser(name: string): Entry | undefined {
    const key = name.toLowerCase();
    const among = this.#broken === undefined ? this.#entries.filter(isEngineer) : this.#menders;
    return among.find((entry) => entry.name.toLowerCase() === key && !this.#isOver(entry));
  }

  #isOver({ expires }: Entry): boolean {
    return expires !== null && expires <= this.#trust.latest();
  }
}

function isEngineer({ kind, role }: Entry): boolean {
  return kind === 'person' && role === 'engineer';
}
