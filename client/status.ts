import type { ClientClock } from './clock.ts';
import { same } from './shapes.ts';
import type { Why } from './socket-link.ts';
import type { Connection, ConnectionState } from './types.ts';

/** The server pings each 2 s and is asked each 2 s, so after this something is wrong; it is shown within 5 s. */
const STALE_AFTER_MS = 4500;
/** How long a refusal on a live connection is shown. */
const SHOWN_MS = 10_000;

export interface Facts {
  readonly state: ConnectionState;
  readonly latency: number | null;
  readonly socketWhy: Why | undefined;
  readonly pollWhy: Why | undefined;
  /** What the server refused on a live connection. */
  readonly refusal: { readonly reason: string; readonly at: number } | undefined;
}

/** How the page hears of the plant, put together of what the links tell. */
export class Status {
  readonly #clock: ClientClock;
  readonly #transport: () => Connection['transport'];
  readonly #changed: (connection: Connection) => void;
  #facts: Facts = {
    state: 'connecting',
    latency: null,
    socketWhy: undefined,
    pollWhy: undefined,
    refusal: undefined,
  };
  #heardAt: number | undefined;
  #connection: Connection;

  /** `transport` is that of the live connection. */
  constructor(
    clock: ClientClock,
    transport: () => Connection['transport'],
    changed: (connection: Connection) => void,
  ) {
    this.#clock = clock;
    this.#transport = transport;
    this.#changed = changed;
    this.#connection = this.#look();
  }

  get connection(): Connection {
    return this.#connection;
  }

  get state(): ConnectionState {
    return this.#facts.state;
  }

  /** Milliseconds until it is stale if nothing more is heard; infinite where it is already. */
  get untilStale(): number {
    if (this.#heardAt === undefined || this.#connection.stale) return Infinity;
    return Math.max(1, this.#heardAt + STALE_AFTER_MS + 1 - this.#clock.monotonic());
  }

  set(facts: Partial<Facts>): void {
    const { latency = this.#facts.latency } = facts;
    this.#facts = { ...this.#facts, ...facts, latency: latency === null ? null : tenths(latency) };
    this.refresh();
  }

  /** The server gave a sign of life. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic();
    if (this.state === 'live' && this.#connection.stale) this.refresh();
  }

  /** Tells of the connection where it is another. While it is not live the growing age is news each second. */
  refresh(counting = false): void {
    const before = this.#connection;
    this.#connection = this.#look();
    const changed = !same({ ...before, age: 0 }, { ...this.#connection, age: 0 });
    if (changed || (counting && this.state !== 'live')) this.#changed(this.#connection);
  }

  #look(): Connection {
    const { state, latency } = this.#facts;
    const now = this.#clock.monotonic();
    const age = this.#heardAt === undefined ? null : Math.round(now - this.#heardAt);
    const up = state === 'live' || state === 'fallback';
    return {
      state,
      transport: state === 'live' ? this.#transport() : state === 'fallback' ? 'http' : null,
      latency,
      age,
      stale: !up || (age !== null && age > STALE_AFTER_MS),
      reason: this.#reason(now),
    };
  }

  /** The server's own words before ours, and the nearest cause before the others. */
  #reason(now: number): string | null {
    const { state, refusal, pollWhy, socketWhy } = this.#facts;
    if (state === 'live') return refusal && now - refusal.at < SHOWN_MS ? refusal.reason : null;
    const whys = [pollWhy, socketWhy];
    return (whys.find((why) => why?.ofServer) ?? whys.find((why) => why))?.words ?? null;
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
