import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import type { Outcome } from './result.ts';
import type { Rules } from './rules.ts';

/**
 * Times of a relay that outlive the process, as wall time. Lengths go with them: whatever the wall clock has done meanwhile,
 * nothing lasts longer than its whole length from a start on.
 */
export interface KeptTimes {
  /** End of the pulse that the relay is on for (ISO 8601), and the whole length of it, milliseconds; left out: no pulse. */
  readonly pulse?: { readonly until: string; readonly of: number };
  /** Time at which its longest time on began, ISO 8601; left out: the relay is off, or it has none. */
  readonly onSince?: string;
  /** Times at which it was switched on, milliseconds since 1970, the latest last, as many as its rate limit needs. */
  readonly starts?: readonly number[];
}

/** Time at which a relay goes off by itself, on the monotonic clock, and the reason. */
export interface Off {
  readonly at: number;
  readonly why: 'pulse' | 'max-on';
}

/** One moment on both clocks. */
interface Moment {
  readonly at: number;
  readonly wall: number;
}

interface Pulse {
  /** Its end, on the monotonic clock. */
  readonly at: number;
  readonly kept: NonNullable<KeptTimes['pulse']>;
}

/** Kept times of a relay that was on and has not been read yet. */
interface Resumed {
  readonly kept: KeptTimes;
  readonly limitFrom: Moment | null;
  readonly pulse: Pulse | null;
}

/** Time rules of one relay: minimum times, rate limit, and when it goes off by itself. Durations are monotonic. */
export class Times {
  readonly #clock: Clock;
  #rules: Rules;
  #isOn: boolean | null = null;
  #movedAt = 0;
  /** Begin of its longest time on. */
  #limitFrom: Moment = { at: 0, wall: 0 };
  #pulse: Pulse | null = null;
  #starts: Moment[] = [];
  #resumed: Resumed | null = null;

  constructor(rules: Rules, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Time of the last move, on the monotonic clock. */
  get movedAt(): number {
    return this.#movedAt;
  }

  /** A deploy may have changed the rules. It moves nothing: another longest time on counts from now. */
  follow(rules: Rules): void {
    const isOther = rules.maxOn !== this.#rules.maxOn;
    this.#rules = rules;
    if (isOther && this.#isOn) this.#limitFrom = this.#now();
  }

  get kept(): KeptTimes {
    const starts = this.#starts.map(({ wall }) => wall);
    const rate = starts.length > 0 && this.#rules.rate ? { starts } : {};
    if (this.#resumed) {
      const { pulse, onSince } = this.#resumed.kept;
      return { ...(pulse && { pulse }), ...(onSince !== undefined && { onSince }), ...rate };
    }
    if (!this.#isOn) return rate;
    return {
      ...(this.#pulse && { pulse: this.#pulse.kept }),
      ...(this.#rules.maxOn !== null && { onSince: isoTime(this.#limitFrom.wall) }),
      ...rate,
    };
  }

  /**
   * Goes on with what was kept, before anything was read. A wall clock that went back counts as one that stood still, and
   * one that leapt ahead ends what is under way.
   */
  restore(kept: KeptTimes): void {
    const now = this.#now();
    const since = (wall: number): Moment => ({ at: now.at - Math.max(0, now.wall - wall), wall });
    this.#starts = (kept.starts ?? []).map(since);
    const { pulse, onSince } = kept;
    if (!pulse && onSince === undefined) return;
    const left = pulse ? Math.min(Math.max(Date.parse(pulse.until) - now.wall, 0), pulse.of) : 0;
    this.#resumed = {
      kept,
      limitFrom: onSince === undefined ? null : since(Date.parse(onSince)),
      pulse: pulse ? { at: now.at + left, kept: { until: isoTime(now.wall + left), of: pulse.of } } : null,
    };
  }

  /** Drops the kept times: the relay is off, and nobody wants it as it was. */
  forget(): void {
    this.#resumed = null;
  }

  /**
   * The relay is so from now on. What it was before the first reading nobody knows, so minimum times begin then; what ends
   * by time does not begin anew.
   */
  move(isOn: boolean): void {
    const now = this.#now();
    const isFirst = this.#isOn === null;
    const resumed = isOn && isFirst ? this.#resumed : null;
    this.#isOn = isOn;
    this.#movedAt = now.at;
    this.#limitFrom = resumed?.limitFrom ?? now;
    this.#pulse = resumed?.pulse ?? null;
    if (isOn || !isFirst) this.#resumed = null;
    if (isOn) this.#starts.push(now);
    this.#starts.splice(0, this.#starts.length - (this.#rules.rate?.count ?? 0));
  }

  /** The relay goes off after so long, if it does not have to earlier; undefined: it stays as long as it may. */
  stayOn(ms: number | undefined): void {
    if (!this.#isOn) return;
    this.#pulse = ms === undefined ? null : this.#pulseOf(ms);
  }

  /** Returns the times to keep for a relay that goes on now for `ms` milliseconds: written down before it moves. */
  planned(ms: number): KeptTimes {
    return { ...this.kept, pulse: this.#pulseOf(ms).kept };
  }

  /** null: the relay does not go off by itself. */
  get off(): Off | null {
    return this.#isOn ? this.#offOf(this.#limitFrom, this.#pulse) : null;
  }

  /** Time that the relay may still be on, milliseconds, also before its line was read or it has its turn; undefined: no limit. */
  get left(): number | undefined {
    const off =
      this.#isOn || !this.#resumed ? this.off : this.#offOf(this.#resumed.limitFrom, this.#resumed.pulse);
    return off === null ? undefined : Math.max(0, off.at - this.#clock.monotonic());
  }

  /** Returns the refusal where the times forbid the move (on for `duration` milliseconds); undefined where they allow it. */
  judge(wanted: boolean, duration: number | undefined): Outcome | undefined {
    const { minOn, minOff } = this.#rules;
    if (!wanted) {
      const reason = `it stays on for ${seconds(minOn)} at least`;
      return this.#isOn === true ? this.#rest('min-on', minOn, reason) : undefined;
    }
    if (duration !== undefined && duration < minOn) {
      return { code: 'invalid', reason: `it stays on for ${seconds(minOn)} at least` };
    }
    const reason = `it stays off for ${seconds(minOff)} at least`;
    const atRest = this.#isOn === false ? this.#rest('min-off', minOff, reason) : undefined;
    return atRest ?? this.#tooOften();
  }

  #offOf(limitFrom: Moment | null, pulse: Pulse | null): Off | null {
    const { maxOn } = this.#rules;
    const latest = maxOn === null || limitFrom === null ? null : limitFrom.at + maxOn;
    if (pulse && (latest === null || pulse.at < latest)) return { at: pulse.at, why: 'pulse' };
    return latest === null ? null : { at: latest, why: 'max-on' };
  }

  #pulseOf(ms: number): Pulse {
    const { at, wall } = this.#now();
    return { at: at + ms, kept: { until: isoTime(wall + ms), of: ms } };
  }

  #rest(code: 'min-on' | 'min-off', least: number, reason: string): Outcome | undefined {
    const left = this.#movedAt + least - this.#clock.monotonic();
    return left > 0 ? { code, reason, retryAfter: left } : undefined;
  }

  #tooOften(): Outcome | undefined {
    const { rate } = this.#rules;
    if (!rate || this.#starts.length < rate.count) return undefined;
    const left = this.#starts.at(-rate.count)!.at + rate.within - this.#clock.monotonic();
    if (left <= 0) return undefined;
    const reason = `it may be switched on ${rate.count} times within ${seconds(rate.within)}`;
    return { code: 'min-off', reason, retryAfter: left };
  }

  #now(): Moment {
    return { at: this.#clock.monotonic(), wall: this.#clock.now() };
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
