/** What clients send: judged, limited, and handed on as events of the live server. */
import { randomUUID } from 'node:crypto';
import { authorise, type AccessPolicy, type Deed } from '../access/authorise.ts';
import type { Clock } from '../base/clock.ts';
import { asError, FactoryError } from '../base/errors.ts';
import type { Emitter } from '../base/events.ts';
import { connectionsRead, type Lag } from '../base/loop-lag.ts';
import {
  checkArguments,
  parseCommandRequest,
  splitReply,
  type CommandRequest,
  type Reply,
} from './incoming.ts';
import type { FromClient, LiveEvents } from './live-events.ts';
import { PROTOCOL, SUBSCRIBE, UPDATE, type Clocks, type Update } from './protocol.ts';
import { checkTopic } from './retained.ts';
import type { Session } from './session.ts';
import { parseSubscription, type Wanted } from './subscription.ts';

/** The contract's lists, and what clients call them when they ask. */
const ASKED = new Map([
  ['request_devices', 'devices_update'],
  ['request_relays', 'relays_update'],
  ['request_system_stats', 'system_stats_update'],
]);

/** Asks what our clocks show, to measure the way and to say when a command was issued. */
const CLOCK = 'clock';

/** What the server itself tells flows under these names; a client that could send them could forge that. */
const OURS = new Set(['connect', 'disconnect', 'request', 'refused', 'clients', 'rehearse', 'rehearsal']);

export interface HearingOptions {
  readonly clock: Clock;
  /** Time that an event may have waited for this process; left out: none. */
  readonly lag?: Lag | undefined;
  readonly policy: AccessPolicy;
  readonly events: Emitter<LiveEvents>;
  /** Tells one of the contract's lists to one client. */
  readonly tell: (session: Session, event: string) => void;
  /** Undefined where the session is told the contract's lists. */
  readonly subscribe: (session: Session, wanted: Wanted) => Update | undefined;
}

export class Hearing {
  readonly #clock: Clock;
  readonly #lag: Lag | undefined;
  readonly #policy: AccessPolicy;
  readonly #events: Emitter<LiveEvents>;
  readonly #tell: HearingOptions['tell'];
  readonly #subscribe: HearingOptions['subscribe'];
  /** Settled once connections that are over are known to be, after this process was away; undefined: nothing waits for that. */
  #read: Promise<void> | undefined;

  constructor({ clock, lag, policy, events, tell, subscribe }: HearingOptions) {
    this.#clock = clock;
    this.#lag = lag;
    this.#policy = policy;
    this.#events = events;
    this.#tell = tell;
    this.#subscribe = subscribe;
  }

  /** Nothing a client sends may throw out of here: it would end the process. */
  hear(session: Session, event: string, all: readonly unknown[]): void {
    if (!session.take()) {
      // Whoever sends too much is not answered each time, not even where it waits for it.
      session.tellRefused({ code: 'limit', reason: 'too many events; some were not heard' });
      return;
    }
    const { args, reply } = splitReply(all);
    try {
      const asked = ASKED.get(event);
      if (asked !== undefined) {
        this.#tell(session, asked);
        reply?.({ ok: true });
        this.#events.emit('request', { ...whoIs(session), event });
        return;
      }
      if (event === CLOCK && reply) {
        const clocks: Clocks = { now: this.#clock.monotonic(), time: this.#clock.now() };
        reply(clocks);
        return;
      }
      if (event === SUBSCRIBE && session.protocol === PROTOCOL) {
        const wanted = parseSubscription(args[0] ?? {}, session.topics);
        const update = this.#subscribe(session, wanted);
        session.topics = wanted.filter.text;
        if (reply) reply({ ok: true, update });
        else session.emit(UPDATE, update);
        return;
      }
      checkTopic(event);
      if (OURS.has(event)) throw new FactoryError('invalid', `the event ${event} is the server's own`);
      checkArguments(args);
      // What an event of one's own does is up to the flow that hears it, so it takes what writing takes.
      this.#permit(session, event === 'command' ? 'switch' : 'write');
      if (event === 'command') this.#command(session, args[0], reply);
      else {
        const message = { ...whoIs(session), event, args };
        this.#afterWait(session, reply, () =>
          this.#events.emit('message', { ...message, ...awaited(session, reply) }),
        );
      }
    } catch (thrown) {
      refuse(session, thrown, reply);
    }
  }

  #permit(session: Session, deed: Deed): void {
    const verdict = authorise(this.#policy, session.peer, deed);
    if (verdict.allowed) return;
    const { code, reason, by } = verdict;
    this.#events.emit('refused', { address: session.peer.address, code, reason, by });
    throw new FactoryError(code, reason);
  }

  #command(session: Session, given: unknown, reply: Reply | undefined): void {
    const { relay, payload } = parseCommandRequest(given);
    if (this.#events.count('command') === 0) {
      throw new FactoryError('unavailable', 'no flow takes commands from live clients');
    }
    const from = whoIs(session);
    const named = { ...payload, id: payload.id ?? from.eventId, ...this.#issued(payload) };
    this.#afterWait(session, reply, () =>
      this.#events.emit('command', { ...from, relay, payload: named, ...awaited(session, reply) }),
    );
  }

  /** Returns the issue time of a command with a `ttl` where the client gives none: its earliest arrival at this machine. */
  #issued({ ttl, issued }: CommandRequest['payload']): { issued?: unknown } {
    const now = this.#clock.monotonic();
    // A time that is to come is that of another process.
    const isUnknown = issued === undefined || (typeof issued === 'number' && issued > now);
    return ttl !== undefined && isUnknown ? { issued: now - (this.#lag?.age ?? 0) } : {};
  }

  /**
   * Emits an event: at once, or, where it may have waited for this process, once it is known whether its client is still there.
   * Then all later ones wait as well, so that their order stays.
   */
  #afterWait(session: Session, reply: Reply | undefined, emit: () => void): void {
    if ((this.#lag?.age ?? 0) > 0) this.#read ??= this.#connectionsRead();
    if (!this.#read) {
      emit();
      return;
    }
    void this.#read.then(() => {
      try {
        if (session.isConnected) emit();
        else this.#events.emit('refused', { ...addressOf(session), code: 'expired', reason: GIVEN_UP });
      } catch (thrown) {
        refuse(session, thrown, reply);
      }
    });
  }

  async #connectionsRead(): Promise<void> {
    await connectionsRead();
    this.#read = undefined;
  }
}

const GIVEN_UP =
  'its client has gone before this process, which did not answer, could hear it; nothing was done';

function addressOf({ peer, principal }: Session): { address: string; by: string } {
  return { address: peer.address, by: principal.name };
}

/** Origin of one new event of a session. */
export function whoIs({ id, peer, principal }: Session): FromClient {
  return { eventId: randomUUID(), session: id, address: peer.address, principal };
}

function awaited(session: Session, reply: Reply | undefined): { ack?: string } {
  return reply ? { ack: session.await(reply) } : {};
}

/** Says no to whoever waits for an answer, and to the others at most once a second. */
function refuse(session: Session, thrown: unknown, reply: Reply | undefined): void {
  const code = thrown instanceof FactoryError ? thrown.code : 'unexpected';
  const reason = asError(thrown).message;
  if (reply) reply({ ok: false, code, reason });
  else session.tellRefused({ code, reason });
}
