/** What the browser client tells and takes. Facts of the contract's shapes; nothing here runs. */

export type Value = number | string | boolean | null;
export type DeviceStatus = 'active' | 'inactive' | 'error' | 'maintenance';

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly value: Value;
  readonly unit: string;
  readonly status: DeviceStatus;
  /** ISO 8601, with its zone. */
  readonly last_update: string;
  /** `good`, `uncertain` or `bad`; an older server names none. */
  readonly quality?: string;
  /** Reason why the quality is not good. */
  readonly reason?: string;
  /** Time at which the value was true at its source, ISO 8601; null: not known. Older servers send none. */
  readonly source_time?: string | null;
  /** `online`, `late`, `offline` or `unknown`; left out where nothing is expected of the device. */
  readonly presence?: string;
  /** ISO 8601. */
  readonly presence_since?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Who has a relay in hand or has locked it, and since when (ISO 8601). */
export interface Claim {
  readonly by: string;
  readonly since: string;
}

/**
 * `on` and `off` move a relay and take it in hand; `auto` gives it back to the flows, `hand` takes it as it is; `lock` takes
 * it out of service, `unlock` puts it back; `trip` holds it in its trip state, with a `reason`, until `reset`.
 */
export type Action = 'on' | 'off' | 'hand' | 'auto' | 'lock' | 'unlock' | 'trip' | 'reset';

export interface CommandOptions {
  /** How long it stays on, milliseconds; with `on`. Or how long it is forced, on or off. */
  readonly for?: number;
  /** Why; with `lock`, which needs it, or with `force`. */
  readonly why?: string;
  /** Reason for the trip; with `trip`, which needs it. */
  readonly reason?: string;
  /** For commissioning: against its times and its flows, not against lock-outs and interlocks; with `for`. */
  readonly force?: true;
}

/** A relay as the server tells it beside the contract's plain booleans (`info`). */
export interface Relay {
  readonly id: string;
  readonly name: string;
  /** As read back; null where it cannot be known. */
  readonly state: boolean | null;
  readonly available: boolean;
  /** Why it is not available, for people. */
  readonly reason?: string;
  /** No hardware is moved. */
  readonly simulated: boolean;
  readonly verified?: 'command' | 'line' | 'contact' | null;
  readonly board?: string;
  /** The part of the plant that it belongs to. */
  readonly area?: string;
  /** When its state last changed, ISO 8601. */
  readonly changed?: string;
  /** Who changed it last. */
  readonly by?: string | null;
  /** Person who has the relay in hand, so that flows may not move it; `until` (ISO 8601): the hand ends by itself. */
  readonly hand?: Claim & { readonly until?: string };
  /** Who has locked it out, and why. */
  readonly locked?: Claim & { readonly why: string };
  /** The trip that holds it until it is reset; `causes` are ids of what still trips it. */
  readonly tripped?: Claim & { readonly reason: string; readonly causes?: readonly string[] };
  /** Who has forced it, to what and until when (ISO 8601). */
  readonly forced?: Claim & { readonly state: boolean; readonly until: string; readonly why?: string };
  /** Why its state is not to be trusted, since when (ISO 8601). */
  readonly fault?: { readonly code: string; readonly since: string; readonly reason: string };
  /** When it goes off by itself, ISO 8601. */
  readonly off_at?: string;
}

/** Bytes, percent 0 to 100, MHz, °C. */
export interface Stats {
  readonly cpu: {
    readonly percent: number;
    readonly count: number;
    readonly frequency: { readonly current: number; readonly min: number; readonly max: number } | null;
  };
  readonly memory: {
    readonly total: number;
    readonly available: number;
    readonly percent: number;
    readonly used: number;
  };
  readonly disk: {
    readonly total: number;
    readonly used: number;
    readonly free: number;
    readonly percent: number;
  };
  readonly network: { readonly bytes_sent: number; readonly bytes_recv: number };
  /** Node-RED's own health: milliseconds, bytes, seconds. */
  readonly node_red?: {
    readonly event_loop: { readonly mean: number; readonly p99: number; readonly max: number };
    readonly heap_used: number;
    readonly heap_total: number;
    readonly rss: number;
    readonly uptime: number;
    readonly version?: string;
  };
  readonly temperature: {
    readonly sensor: string;
    readonly label: string;
    readonly current: number;
    readonly high: number | null;
    readonly critical: number | null;
  } | null;
  readonly timestamp: string;
}

/**
 * How the page hears of the plant: pushed (`live`), by asking over HTTP (`fallback`), not at all (`offline`).
 * `connecting` only before the first of these is known.
 */
export type ConnectionState = 'connecting' | 'live' | 'fallback' | 'offline';

export interface Connection {
  readonly state: ConnectionState;
  readonly transport: 'websocket' | 'polling' | 'http' | null;
  /** The last measured way to the server and back, milliseconds; null where none is known. */
  readonly latency: number | null;
  /** Milliseconds since the server was last heard of, whatever it said; null before. */
  readonly age: number | null;
  /** Whether what is shown may no longer be so: nothing was heard for longer than the plant's own rhythm. */
  readonly stale: boolean;
  /** Why it is not live, in the server's words where it gave any (such as a refusal). */
  readonly reason: string | null;
}

export type Role = 'viewer' | 'operator' | 'engineer';

/** Who this page is signed in as, and what that allows. The server decides; this is for showing it beforehand. */
export interface Session {
  readonly name: string;
  readonly role: Role;
  /** Of an operator: the relays that may be switched; `*` stands for any characters, `?` for one. */
  readonly relays: readonly string[];
  /** Likewise the areas whose relays may be switched, and whose devices may be written. */
  readonly areas: readonly string[];
  /** When it ends by itself, ISO 8601. */
  readonly expires: string | null;
  /** Nobody needs to sign in here: access is not configured, and this machine may do everything. */
  readonly open: boolean;
}

export interface SignInOptions {
  /** Keeps it in this browser, for all of its tabs and beyond their end. */
  readonly remember?: boolean;
}

/** One step on the way from who began something to the relay. */
export interface AuditStep {
  /** `client`, `input`, `device`, `relay`, `node` or `rule`. */
  readonly kind: string;
  readonly id?: string;
  readonly name?: string;
  /** The tab that a node is on. */
  readonly flow?: string;
  readonly by?: string;
}

/** One entry of the plant's record of who did what. Which fields it has depends on its kind; there are more than these. */
export interface AuditEntry {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  /** `command`, `write`, `config`, `safe-mode`, `sign-in`, `sign-out`, `refused`, `token`, `audit-broken`, `trimmed`, `clock`, … */
  readonly kind: string;
  readonly by?: string | null;
  readonly from?: string;
  /** `socket`, `http`, `wire`, `rule` or `start`. */
  readonly via?: string;
  readonly relay?: string;
  readonly device?: string;
  readonly name?: string;
  readonly action?: string | null;
  readonly code?: string;
  readonly state?: boolean | null;
  readonly reason?: string;
  readonly why?: string;
  readonly after?: Value;
  readonly what?: string;
  readonly result?: string;
  /** Number of dropped entries, of `trimmed`. */
  readonly dropped?: number;
  /** `suspect`: the server's clock was not trusted at that time. */
  readonly clock?: string;
  /** The outermost step first. */
  readonly cause?: readonly AuditStep[];
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** What to ask for `before` to have the next older ones; null where there are none. */
  readonly next: number | null;
}

export interface AuditQuery {
  readonly limit?: number;
  readonly before?: number;
  readonly relay?: string;
}

/** What happened between losing the live connection and having it back. */
export interface Returned {
  /** How long it was lost, milliseconds. */
  readonly lostFor: number;
  /** The ids of what is different now, gone and new ones included. */
  readonly devices: readonly string[];
  readonly relays: readonly string[];
}

/** What became of a command, the same object on wire, socket and HTTP. */
export interface Result {
  readonly id?: string;
  readonly ok: boolean;
  /** `done`, `unchanged`, `expired`, `forbidden`, `unavailable`, … */
  readonly code: string;
  readonly relay: string;
  /** What was read back; null where it cannot be known. */
  readonly state: boolean | null;
  readonly simulated?: boolean;
  /** Why not, for people. */
  readonly reason?: string;
  /** Milliseconds until it would be allowed, where that is known. */
  readonly retry_after?: number;
}

export interface ClientEvents {
  /** State, transport, latency, age or staleness changed. */
  connection: Connection;
  /** Devices or relays or statistics are other than before; all of it is in the client's fields. */
  devices: ReadonlyMap<string, Device>;
  relays: ReadonlyMap<string, Relay>;
  /** Null: nothing tells of them any more. */
  stats: Stats | null;
  lost: { readonly at: number };
  returned: Returned;
  /** Who this page is signed in as is other than before, or whether it has to be; null where it is nobody. */
  session: Session | null;
  /** Any other event that a flow pushes. */
  message: { readonly event: string; readonly args: readonly unknown[] };
}

export interface ClientOptions {
  /** Where the server is; left out: where the page comes from. */
  readonly url?: string;
  /** The path of Socket.IO there. */
  readonly path?: string;
  /** The base path of the HTTP API. */
  readonly api?: string;
  /** The base path of sessions and of the sign-in page. */
  readonly access?: string;
  /** For programs: the token to use; left out: the session that this browser remembers. */
  readonly token?: string;
  /** How long to wait for a live connection before asking over HTTP, milliseconds. */
  readonly liveWithin?: number;
  /** How often to ask while falling back, milliseconds. */
  readonly pollEach?: number;
  /** How long a command may take from click to answer, milliseconds. */
  readonly commandWithin?: number;
}

/** Why nobody is signed in. */
export interface SignInError extends Error {
  /** `unauthenticated`: name, password or ticket are wrong; `limit`: too often; `unreachable`; or as the server says. */
  readonly code: string;
  /** Milliseconds until it may be tried again, where the server says so. */
  readonly retryAfter: number | undefined;
}

/** The client as pages use it. Everything is readable at any time; events tell when to read again. */
export interface Client {
  readonly connection: Connection;
  readonly devices: ReadonlyMap<string, Device>;
  readonly relays: ReadonlyMap<string, Relay>;
  readonly stats: Stats | null;
  /** Null where nobody is signed in, or it is not known yet. */
  readonly session: Session | null;
  /** Whether the server tells nothing until somebody signs in. */
  readonly needsSignIn: boolean;
  /** What the server's clock shows now, milliseconds since 1970, corrected for the difference to this one. */
  serverNow(): number;
  on<Event extends keyof ClientEvents>(event: Event, hear: (detail: ClientEvents[Event]) => void): () => void;
  /** Never rejects. While offline it is refused at once (`unavailable`) and never sent later. */
  command(relay: string, action: Action, options?: CommandOptions): Promise<Result>;
  /**
   * Both resolve to the device as it was written, which `devices` shows with the server's next update, and reject with an
   * Error whose message says why, in the server's words.
   */
  setValue(id: string, value: Value): Promise<Device>;
  setStatus(id: string, status: DeviceStatus): Promise<Device>;
  /**
   * Rejects with a {@link SignInError}. Everything goes on with the new session at once, on all tabs of this browser where
   * it is remembered.
   */
  signIn(name: string, password: string, options?: SignInOptions): Promise<Session>;
  /**
   * Ends the session, here and on every page that uses it, and forgets all that was shown. Rejects where the server could
   * not be told; it is forgotten here all the same.
   */
  signOut(): Promise<void>;
  /** A proof of who is signed in, for once and 30 s, to hand on where a token must not go. */
  ticket(): Promise<string>;
  /** Whether this session may switch the relay, as far as can be told beforehand. */
  maySwitch(relay: string | Relay): boolean;
  /** Whether it may write the device, likewise. */
  mayWrite(device: string | Device): boolean;
  /** The record of who did what, for engineers; rejects with an Error whose message says why. */
  audit(query?: AuditQuery): Promise<AuditPage>;
  close(): void;
}
