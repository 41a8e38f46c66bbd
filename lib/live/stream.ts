import { placeOf } from '../access/proxies.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { isoTime } from '../base/clock.ts';
import { Counts } from './counts.ts';
import { partFields, type Parts } from './fields.ts';
import { DEVICES, RELAYS } from './legacy.ts';
import type { Entry, Update } from './protocol.ts';
import type { RetainedTopics } from './retained.ts';
import type { Filter, Wanted } from './subscription.ts';
import { Window, WINDOW_MS } from './window.ts';

/** How long relays are gathered after one was told, milliseconds. */
export const URGENT_MS = 10;

/** How many updates are kept for others, for the memory's sake. */
const MAX_BEGUN = 32;

export interface StreamOptions {
  readonly retained: RetainedTopics;
  readonly clock: Clock;
  /** How many may wait over HTTP for the next change, and how many of one address; whoever is more has the answer at once. */
  readonly maxWaiting: number;
  readonly maxWaitingEach: number;
  /** Sends one update to all of these, and calls {@link Stream.caughtUp} for each once it is read where it says that there is more. */
  readonly send: (sessions: readonly string[], update: Update) => void;
}

interface Listener {
  readonly filter: Filter;
  /** Whether it takes fields of records. */
  readonly fields: boolean;
  /** Where the listener has been told it is. */
  told: number;
  /** Up to where everything of its topics has been told; further than `told` where there was nothing to tell. */
  covered: number;
  /** It was told a part, so that all there is has to be looked through for the rest, not only what is recent. */
  isPart: boolean;
  readonly isReady: () => boolean;
}

/** Listeners that are at the same place and want the same. */
interface Group {
  readonly first: Listener;
  readonly sessions: string[];
}

/** Who asks over HTTP. */
export interface From {
  readonly address: string;
  /** Aborted where nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly wanted: Wanted;
  readonly answer: () => void;
}

/**
 * Tells each listener what changed since it was last told, the first change of a burst at once and the rest in windows. A
 * listener that has not read what it has is passed over: later it is told the last of each topic, and no more than that.
 */
export class Stream {
  readonly #options: StreamOptions;
  readonly #window: Window;
  /** A relay that somebody has switched does not wait for what is measured. */
  readonly #urgent: Window;
  /** Those who have read what they had are told what came meanwhile, who reads within ten milliseconds of others together with them. */
  readonly #catching: Window;
  readonly #caughtUp = new Set<string>();
  /** Where those began who came within this window, by where they were and what they want. */
  readonly #begun = new Map<string, Update>();
  #keep: Cancel | undefined;
  /** What all listeners want, each filter once, with how many want it. */
  readonly #filters = new Map<string, { readonly filter: Filter; count: number }>();
  readonly #listeners = new Map<string, Listener>();
  readonly #waiting = new Set<Waiting>();
  /** How many of these each address has. */
  readonly #places = new Counts();
  /** What changed since {@link #base}, which all listeners that read have been told, with what it was there. */
  readonly #recent = new Map<string, unknown>();
  #base: number;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#base = options.retained.seq;
    this.#window = new Window(options.clock, () => this.#flush());
    this.#urgent = new Window(options.clock, () => this.#flush(), URGENT_MS);
    this.#catching = new Window(options.clock, () => this.#tellLate(), URGENT_MS);
  }

  /**
   * From now on the session is told what changes; returns where it begins, which may be up to a window old: who is not at the last
   * change then is to call {@link caughtUp} once it has read it. `isReady`: whether it has read what it has.
   */
  join(session: string, wanted: Wanted, isReady: () => boolean): Update {
    const update = this.#begin(wanted);
    const { seq } = update;
    const { filter, fields } = wanted;
    this.leave(session);
    const same = this.#filters.get(filter.text);
    if (same) same.count++;
    else this.#filters.set(filter.text, { filter, count: 1 });
    this.#listeners.set(session, {
      filter,
      fields,
      told: seq,
      covered: seq,
      // What nobody wanted before this one came is not among what is recent.
      isPart: seq < this.#options.retained.seq,
      isReady,
    });
    return update;
  }

  leave(session: string): void {
    const text = this.#listeners.get(session)?.filter.text;
    if (text === undefined) return;
    this.#listeners.delete(session);
    const same = this.#filters.get(text);
    if (same && --same.count === 0) this.#filters.delete(text);
  }

  /** A session wants other topics, or has missed something; returns where it begins anew. */
  subscribe(session: string, wanted: Wanted): Update | undefined {
    const listener = this.#listeners.get(session);
    return listener && this.join(session, { ...wanted, fields: listener.fields }, listener.isReady);
  }

  /** What to tell somebody who is where they say, or nowhere yet. */
  update({ filter, since }: Wanted): Update {
    const { retained, clock } = this.#options;
    const { epoch } = retained;
    const timestamp = isoTime(clock.now());
    if (since?.epoch === epoch && retained.reaches(since.seq)) {
      const { entries: changes, seq, more } = retained.changes(since.seq, filter.fits);
      return { kind: 'changes', epoch, from: since.seq, seq, changes, timestamp, ...(more && { more }) };
    }
    const { entries: state, seq, more } = retained.state(filter.fits);
    return { kind: 'snapshot', epoch, seq, state, timestamp, ...(more && { more }) };
  }

  /** Thousands that come back at once were at the same place and want the same: what they are told is made once. */
  #begin(wanted: Wanted): Update {
    const { filter, since } = wanted;
    const key = `${since?.epoch}.${since?.seq} ${filter.text}`;
    const begun = this.#begun.get(key);
    if (begun) return begun;
    const update = this.update(wanted);
    if (this.#begun.size < MAX_BEGUN) this.#begun.set(key, update);
    this.#keep ??= this.#options.clock.after(WINDOW_MS, () => {
      this.#keep = undefined;
      this.#begun.clear();
    });
    return update;
  }

  /** The same as soon as there is anything to tell, or after `within` milliseconds; at once where too many wait already. */
  async next(wanted: Wanted, within: number, from?: From): Promise<Update> {
    const now = this.update(wanted);
    const isNews = now.kind === 'snapshot' || now.changes.length > 0;
    const { clock, maxWaiting, maxWaitingEach } = this.#options;
    const place = placeOf(from?.address ?? '');
    const isFull = this.#waiting.size >= maxWaiting || this.#places.of(place) >= maxWaitingEach;
    if (isNews || within <= 0 || isFull || from?.signal.aborted) return now;
    const left = this.#places.add(place);
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting: Waiting = { wanted, answer: resolve };
    this.#waiting.add(waiting);
    const cancel = clock.after(within, resolve);
    from?.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    cancel();
    left();
    this.#waiting.delete(waiting);
    return this.update(wanted);
  }

  /** A topic is other than before. */
  changed(topic: string, before?: unknown): void {
    if (this.#listeners.size === 0 && this.#waiting.size === 0) this.#forget();
    else if (this.#isWanted(topic)) {
      if (!this.#recent.has(topic)) this.#recent.set(topic, before);
      (topic.startsWith(RELAYS) ? this.#urgent : this.#window).poke();
    }
  }

  #isWanted(topic: string): boolean {
    if (this.#waiting.size > 0) return true;
    for (const { filter } of this.#filters.values()) if (filter.fits(topic)) return true;
    return false;
  }

  /** A session has read what it had. */
  caughtUp(session: string): void {
    this.#caughtUp.add(session);
    this.#catching.poke();
  }

  #tellLate(): void {
    const late = new Map<string, Listener>();
    for (const session of this.#caughtUp) {
      const listener = this.#listeners.get(session);
      if (listener && (listener.isPart || listener.covered < this.#base)) late.set(session, listener);
    }
    this.#caughtUp.clear();
    this.#tell(late);
  }

  close(): void {
    this.#window.close();
    this.#urgent.close();
    this.#catching.close();
    this.#keep?.();
    for (const { answer } of this.#waiting) answer();
    this.#waiting.clear();
    this.#listeners.clear();
  }

  #flush(): void {
    this.#tell(this.#listeners);
    for (const { wanted, answer } of this.#waiting) {
      for (const topic of this.#recent.keys()) {
        if (!wanted.filter.fits(topic)) continue;
        answer();
        break;
      }
    }
    this.#forget();
  }

  #forget(): void {
    this.#recent.clear();
    this.#base = this.#options.retained.seq;
  }

  /** What of devices is other than at {@link #base}; the few relays are told whole. */
  #partFields(entries: readonly Entry[], now: number): Partial<Parts> & Pick<Parts, 'changes'> {
    const before = (topic: string): unknown =>
      topic.startsWith(DEVICES) ? this.#recent.get(topic) : undefined;
    const { changes, fields } = partFields(entries, before, now);
    return fields.length > 0 ? { changes, fields } : { changes };
  }

  /** Those who are at the same place and want the same are told together. */
  #tell(listeners: ReadonlyMap<string, Listener>): void {
    const groups = new Map<string, Group>();
    let group: Group | undefined;
    for (const [session, listener] of listeners) {
      if (!listener.isReady()) continue;
      // Mostly all want the same, so a name for what they want is rarely made.
      if (!group || !isAlike(group.first, listener)) {
        const { told, covered, isPart, fields, filter } = listener;
        const key = `${told} ${covered} ${isPart} ${fields} ${filter.text}`;
        group = groups.get(key) ?? { first: listener, sessions: [] };
        groups.set(key, group);
      }
      group.sessions.push(session);
    }
    const { retained, clock, send } = this.#options;
    const { epoch } = retained;
    const now = clock.now();
    const timestamp = isoTime(now);
    for (const { first, sessions } of groups.values()) {
      const { told: from, covered, isPart, fields, filter } = first;
      const among = !isPart && covered >= this.#base ? this.#recent.keys() : undefined;
      const { entries, seq, more } = retained.changes(covered, filter.fits, among);
      const isNews = entries.length > 0;
      for (const session of sessions) {
        const listener = listeners.get(session);
        if (!listener) continue;
        listener.covered = seq;
        listener.isPart = more;
        if (isNews) listener.told = seq;
      }
      if (isNews) {
        // Whoever joined since then has something between what was there and what is now.
        const parts =
          fields && !isPart && covered === this.#base ? this.#partFields(entries, now) : { changes: entries };
        send(sessions, { kind: 'changes', epoch, from, seq, ...parts, timestamp, ...(more && { more }) });
      }
    }
  }
}

function isAlike(one: Listener, other: Listener): boolean {
  return (
    one.told === other.told &&
    one.covered === other.covered &&
    one.isPart === other.isPart &&
    one.fields === other.fields &&
    one.filter.text === other.filter.text
  );
}
