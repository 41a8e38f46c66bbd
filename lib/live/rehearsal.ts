/** Rehearses the fallback: cuts the sockets of clients as a failing network does, and times how each of them goes on. */
import { isoTime, type Cancel, type Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { shown } from '../base/text.ts';
import { CLIENT_PARAMETER, type Update } from './protocol.ts';
import type { Refusal } from './refusal.ts';
import {
  cutsOf,
  keyOf,
  reportOf,
  RETURN_WITHIN_S,
  visitorOf,
  type Cut,
  type Cuttable,
  type Reported,
  type Visitor,
} from './rehearsal-report.ts';
import type { RehearsalReport } from './rehearsed.ts';
import { clientOf } from './subscription.ts';

/** How long whoever is cut is kept off the socket, seconds. */
export const DEFAULT_HOLD_S = 5;
export const MAX_HOLD_S = 60;
/** Whom to cut, and for how long; both as a person or a flow gives them. */
export interface RehearsalWish {
  /** The session of one client; left out: all clients. */
  readonly session?: unknown;
  /** Seconds, 0 to {@link MAX_HOLD_S}; left out: {@link DEFAULT_HOLD_S}. */
  readonly hold?: unknown;
}

interface Run extends Reported {
  /** On the monotonic clock. */
  readonly at: number;
  /** Those who are not back, by what they are known by. */
  readonly away: Map<string, Cut[]>;
  readonly done: (report: RehearsalReport) => void;
  cancel: Cancel;
  state: RehearsalReport['state'];
}

/** One at a time. Nothing of it touches a relay, and HTTP goes on as always. */
export class Rehearsal {
  readonly #clock: Clock;
  readonly #sessions: () => Iterable<Cuttable>;
  /** The one that runs, or was the last. */
  #run: Run | undefined;

  constructor(clock: Clock, sessions: () => Iterable<Cuttable>) {
    this.#clock = clock;
    this.#sessions = sessions;
  }

  /** How far it is, or how the last one ended; undefined where there was none. */
  get report(): RehearsalReport | undefined {
    return this.#run && reportOf(this.#run);
  }

  /**
   * Cuts, and resolves once all are back or the time is over. Throws `invalid` for a wish that cannot be understood or where
   * nobody is there to be cut, `unavailable` where one is running.
   */
  start({ session, hold: wished }: RehearsalWish): Promise<RehearsalReport> {
    const hold = parseHold(wished);
    if (this.#running) {
      throw new FactoryError('unavailable', 'a rehearsal is running already', {
        remedy: 'Wait until it has ended',
      });
    }
    const found = this.#chosen(session);
    const at = this.#clock.monotonic();
    const began = isoTime(this.#clock.now());
    return new Promise((done) => {
      const cuts = cutsOf(found);
      const of = session === undefined ? 'all' : 'one';
      const away = Map.groupBy(cuts, keyOf);
      const run: Run = { of, hold, began, at, cuts, away, done, cancel: () => {}, state: 'running' };
      run.cancel = this.#clock.after((hold + RETURN_WITHIN_S) * 1000, () => this.#end('timeout'));
      this.#run = run;
      for (const one of found) one.cut();
    });
  }

  /** Why somebody may not connect now; undefined where they may. */
  refuses(visitor: Visitor): Refusal | undefined {
    const run = this.#running;
    const since = run && this.#clock.monotonic() - run.at;
    if (!run || since === undefined || since >= run.hold * 1000) return undefined;
    if (run.of === 'one') {
      const [{ client, address } = NOBODY] = run.cuts;
      const isOther = visitor.client !== client || (client === undefined && visitor.address !== address);
      if (isOther) return undefined;
    }
    return { status: 503, code: 'unavailable', reason: REASON };
  }

  /** Somebody asks over HTTP for the plant's state. */
  visited(visitor: Visitor): void {
    for (const { record } of this.#away(visitor))
      if (record.match !== 'shared') record.toHttp ??= this.#elapsed;
  }

  /** Somebody who sent this subscription was told this over HTTP. */
  told(subscription: { readonly [CLIENT_PARAMETER]?: unknown }, update: Update): void {
    const client = clientOf(subscription[CLIENT_PARAMETER]);
    if (client === undefined || update.kind !== 'changes') return;
    for (const { record } of this.#away({ client, address: '' })) record.told.http += update.changes.length;
  }

  /** A client has joined; `update` is what it begins with, undefined where it is told the contract's lists. */
  joined(session: Cuttable, update: Update | undefined): void {
    const run = this.#running;
    if (!run) return;
    const visitor = visitorOf(session);
    const key = keyOf(visitor);
    const away = run.away.get(key) ?? [];
    // One of its own name may have had a connection that was dead, beside the one that took its place.
    const next = away.findIndex(({ record }) => record.protocol === session.info.protocol);
    const back = visitor.client === undefined ? (next < 0 ? [] : away.splice(next, 1)) : away.splice(0);
    if (away.length === 0) run.away.delete(key);
    for (const { record } of back) {
      record.back = this.#elapsed;
      record.resumed = update?.kind ?? 'lists';
      if (update?.kind === 'changes') record.told.back = update.changes.length;
    }
    if (run.away.size === 0) this.#end('returned');
  }

  close(): void {
    if (this.#running) this.#end('closed');
  }

  get #running(): Run | undefined {
    return this.#run?.state === 'running' ? this.#run : undefined;
  }

  /** Milliseconds since the cut. */
  get #elapsed(): number {
    return Math.round(this.#clock.monotonic() - (this.#run?.at ?? 0));
  }

  #chosen(session: unknown): readonly Cuttable[] {
    const all = Array.from(this.#sessions());
    const found = session === undefined ? all : all.filter(({ id }) => id === session);
    if (found.length > 0) return found;
    throw session === undefined
      ? new FactoryError('invalid', 'no client is connected, so there is nobody to rehearse with')
      : new FactoryError('invalid', `no client has the session ${shown(session)}`, {
          remedy: 'It may have gone, or come back as another session; choose one that is connected now',
        });
  }

  /** Those who were cut, are not back, and may be this one. */
  #away(visitor: Visitor): readonly Cut[] {
    return this.#running?.away.get(keyOf(visitor)) ?? [];
  }

  #end(state: RehearsalReport['state']): void {
    const run = this.#run;
    if (!run) return;
    run.state = state;
    run.cancel();
    run.done(reportOf(run));
  }
}

const NOBODY: Visitor = { client: undefined, address: '' };
const REASON = 'rehearsal: live connections are refused for a moment, on purpose; go on over HTTP';

/** What of a message's payload is a wish: nothing, or an object with nothing else in it. Throws `invalid`. */
export function parseWish(payload: unknown): RehearsalWish {
  if (payload === undefined || payload === null || payload === '') return {};
  const isWish =
    typeof payload === 'object' &&
    !Array.isArray(payload) &&
    Object.keys(payload).every((name) => name === 'session' || name === 'hold');
  // Else a word that is misspelt would cut everybody.
  if (isWish) return payload;
  throw new FactoryError('invalid', `${shown(payload)} does not say whom to cut, and for how long`, {
    remedy: 'Send {session, hold}, either or both left out',
  });
}

function parseHold(value: unknown): number {
  if (value === undefined || value === null || value === '') return DEFAULT_HOLD_S;
  const seconds = typeof value === 'string' ? Number(value.trim() || NaN) : value;
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_HOLD_S) return seconds;
  throw new FactoryError('invalid', `hold must be 0 to ${MAX_HOLD_S} seconds, not ${shown(value)}`);
}
