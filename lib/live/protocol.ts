/**
 * The live protocol, version 2, as server, browser client and tests know it. Nothing here runs but a few names, so that a page
 * can have it too.
 *
 * The plant's state is a set of topics with a payload each. Every change of one has the next number in the order of its
 * epoch. A client that knows the state at one number is told all that changed since, or everything anew where the server
 * cannot say (`snapshot`): after each update it is where the server was, whatever it has missed.
 */

/** What a client says as `protocol` in its handshake. Without it, it gets the lists of the contract and none of this. */
export const PROTOCOL = 2;

/** The event that an {@link Update} comes as. */
export const UPDATE = 'plant_update';
/** Asks for other topics, or for what was missed: {@link Subscription}; acknowledged with `{ok, update}`. */
export const SUBSCRIBE = 'subscribe';

/** `devices/ID`, `relays/ID`, `system/stats`: what a topic is called is up to the flow that pushes it. */
export type Topic = string;

/** A topic with what it is now; null: it is no more. */
export type Entry = readonly [topic: Topic, payload: unknown];

/** What both kinds of update say. */
interface Told {
  /** Names the memory that the numbers belong to: another one after a restart. */
  readonly epoch: string;
  /** Where the client is after this: the number of the last change that is in it. */
  readonly seq: number;
  /** The server's clock, ISO 8601. */
  readonly timestamp: string;
  /**
   * There is more than one update takes: it follows at once as `changes`, and over HTTP the client asks again at once. Until then a
   * snapshot has only what changed longest ago.
   */
  readonly more?: true;
}

/** All there is on the topics that were asked for. */
export interface Snapshot extends Told {
  readonly kind: 'snapshot';
  readonly state: readonly Entry[];
}

/** What is other than at `from`, the last of each topic, in the order of its change. */
export interface Changes extends Told {
  readonly kind: 'changes';
  /** Where the client is; one that is elsewhere has missed something, and subscribes anew with where it is. */
  readonly from: number;
  readonly changes: readonly Entry[];
  /** Fields of records that the client has: only to one that said it takes them. */
  readonly fields?: readonly Rows[];
}

/** Records of which the same fields are other than before; the rest of each is as it was. */
export interface Rows {
  readonly names: readonly string[];
  /**
   * Those of the names whose values are times (ISO 8601, as `2026-01-31T12:00:00.000Z`), told as milliseconds after the update's
   * `timestamp`: mostly a few before it. Left out where there are none.
   */
  readonly times?: readonly string[];
  /** The values in the order of the names. */
  readonly rows: readonly (readonly [topic: Topic, ...values: unknown[]])[];
}

export type Update = Snapshot | Changes;

export interface Subscription {
  /**
   * Patterns, separated by commas, such as `devices/*,relays/pump?`; empty: everything. Left out: everything, or on a connection that
   * is there what it has been told.
   */
  readonly topics?: string;
  /** Where the client is with these same topics, as `EPOCH.SEQ`; left out: nowhere yet. With other ones on a connection it counts for nothing. */
  readonly since?: string;
}

/**
 * The parameter of a URL by which a client names itself, on the socket and over HTTP alike: 8 to 64 letters, digits, `_` or `-`,
 * chosen at random. Without it a rehearsal of the fallback knows a client by its address alone.
 */
export const CLIENT_PARAMETER = 'client';

/**
 * The server's two clocks at one moment: in the acknowledgement of the event `clock`, and as `clock` in each answer of
 * `GET /v2/changes`.
 */
export interface Clocks {
  /** Monotonic, milliseconds since an arbitrary start; what `issued` of a command is on. */
  readonly now: number;
  /** Wall clock, milliseconds since 1970. */
  readonly time: number;
}

/** What a client says of itself in its handshake. */
export interface Handshake extends Subscription {
  readonly token?: string;
  readonly protocol: typeof PROTOCOL;
  /** Takes {@link Changes.fields}. */
  readonly fields?: true;
}
