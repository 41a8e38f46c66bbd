import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { Deadlines } from '../base/deadlines.ts';
import { Wake } from '../base/wake.ts';
import type { Presence } from './device.ts';

/** A device is late after so many of its expected intervals, and offline after so many. */
export const LATE_AFTER = 1.5;
export const OFFLINE_AFTER = 3;
/** A timer that fires this late means that the process was away: what waits for it is heard first. Milliseconds. */
export const AWAY_MS = 2000;
/** Devices that one pass looks at, so that a dead broker does not hold the event loop up. */
export const MAX_A_PASS = 1000;

/** Reason of a device that a message has reported offline, where the message gives none. */
export const REPORTED_OFFLINE = 'a message says that it is offline';

/** Presence of one device. */
export interface PresenceState {
  readonly presence: Presence;
  /** Time at which the presence became so, ISO 8601. */
  readonly since: string;
  /** Reason why the device is not online; left out where it is. */
  readonly reason?: string;
}

/** Number of watched devices in each state. */
export type PresenceCounts = Readonly<Record<Presence, number>>;

interface Watched {
  readonly id: string;
  /** Milliseconds; undefined where messages alone say whether it is there. */
  interval: number | undefined;
  /** Time of the last sign of life, or at which watching began, on the monotonic clock. */
  from: number;
  state: PresenceState;
  /** Its entry among the deadlines; undefined where it has none. */
  plan: Plan | undefined;
}

interface Plan {
  readonly watched: Watched;
  readonly at: number;
}

/**
 * Watches whether devices still speak, by the monotonic clock and with one timer for all of them. A sign of life costs no
 * more than a look into a map: deadlines are put off only when they fall due.
 */
export class PresenceWatch {
  readonly #clock: Clock;
  readonly #changed: (id: string) => void;
  readonly #watched = new Map<string, Watched>();
  readonly #counts: Record<Presence, number> = { online: 0, late: 0, offline: 0, unknown: 0 };
  readonly #deadlines = new Deadlines<Plan>();
  readonly #wake: Wake;
  /** The moment that the timer is set to. */
  #due = Infinity;

  /** `changed` is called for each device whose state has changed by time alone. */
  constructor(clock: Clock, changed: (id: string) => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#wake = new Wake(clock, () => this.#pass());
  }

  get counts(): PresenceCounts {
    return { ...this.#counts };
  }

  /** Undefined for a device that is not watched. */
  get(id: string): PresenceState | undefined {
    return this.#watched.get(id)?.state;
  }

  /** Watches a device of which nothing has been heard yet; one that is watched already stays as it is. */
  begin(id: string, reason: string): void {
    if (this.#watched.has(id)) return;
    const state = this.#stateOf('unknown', reason);
    const watched = { id, interval: undefined, from: this.#clock.monotonic(), state, plan: undefined };
    this.#watched.set(id, watched);
    this.#counts.unknown += 1;
  }

  /** Expects a watched device each `interval` milliseconds; undefined: whenever it likes. */
  expect(id: string, interval: number | undefined): void {
    const watched = this.#watched.get(id);
    if (!watched || watched.interval === interval) return;
    watched.interval = interval;
    watched.from = this.#clock.monotonic();
    watched.plan = undefined;
    this.#plan(watched);
  }

  /** A watched device has given a sign of life. */
  heard(id: string): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    watched.from = this.#clock.monotonic();
    if (watched.state.presence === 'online') return;
    this.#become(watched, this.#stateOf('online'));
    watched.plan = undefined;
    this.#plan(watched);
  }

  /** Something else says that a watched device is gone, such as a broker's last will. */
  gone(id: string, reason: string): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    watched.plan = undefined;
    if (watched.state.presence === 'offline' && watched.state.reason === reason) return;
    this.#become(watched, this.#stateOf('offline', reason));
  }

  /** Watches a device no more. */
  forget(id: string): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    watched.plan = undefined;
    this.#counts[watched.state.presence] -= 1;
    this.#watched.delete(id);
  }

  /** Nothing changes by time after this. */
  stop(): void {
    this.#wake.stop();
    this.#deadlines.clear();
  }

  #pass(): void {
    const now = this.#clock.monotonic();
    if (now - this.#due > AWAY_MS) return this.#sleepUntil(now + AWAY_MS);
    for (let looked = 0; looked < MAX_A_PASS && this.#deadlines.next <= now; looked++) {
      const plan = this.#deadlines.take()!;
      if (plan.watched.plan === plan) this.#look(plan.watched, now);
    }
    this.#sleepUntil(Math.max(this.#deadlines.next, now));
  }

  #look(watched: Watched, now: number): void {
    const { id, interval, from, state } = watched;
    watched.plan = undefined;
    if (interval === undefined) return;
    const [every, silence] = [`expected every ${interval / 1000} s`, now - from];
    if (silence >= interval * OFFLINE_AFTER) {
      const reason = `nothing heard for ${(interval * OFFLINE_AFTER) / 1000} s; ${every}`;
      this.#become(watched, this.#stateOf('offline', reason));
    } else if (silence >= interval * LATE_AFTER && state.presence === 'online') {
      this.#become(watched, this.#stateOf('late', `nothing heard; ${every}`));
    } else {
      this.#plan(watched);
      return;
    }
    this.#plan(watched);
    this.#changed(id);
  }

  /** Plans the next look at a device. One that is offline is not looked at: it speaks by itself. */
  #plan(watched: Watched): void {
    const { interval, from, state } = watched;
    if (interval === undefined || state.presence === 'offline') return;
    const after = state.presence === 'online' ? LATE_AFTER : OFFLINE_AFTER;
    watched.plan = { watched, at: from + interval * after };
    this.#deadlines.add(watched.plan.at, watched.plan);
    if (this.#deadlines.size > 2 * this.#watched.size + MAX_A_PASS) this.#tidy();
    if (watched.plan.at < this.#due) this.#sleepUntil(watched.plan.at);
  }

  /** Drops deadlines that newer ones have replaced. */
  #tidy(): void {
    this.#deadlines.clear();
    for (const { plan } of this.#watched.values()) if (plan) this.#deadlines.add(plan.at, plan);
  }

  #sleepUntil(at: number): void {
    this.#due = at;
    if (at !== Infinity) this.#wake.by(at);
  }

  #become(watched: Watched, state: PresenceState): void {
    this.#counts[watched.state.presence] -= 1;
    this.#counts[state.presence] += 1;
    watched.state = state;
  }

  #stateOf(presence: Presence, reason?: string): PresenceState {
    const since = isoTime(this.#clock.now());
    return { presence, since, ...(reason !== undefined && { reason }) };
  }
}
