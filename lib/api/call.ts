import type { EventEmitter } from 'node:events';
import type { Deed, Target } from '../access/authorise.ts';
import type { Principal } from '../access/principal.ts';
import type { Clock } from '../base/clock.ts';
import type { DeviceRecord, Value } from '../devices/device.ts';
import type { Command, RelayRecord, Result } from '../relays/relay.ts';

/** One call as it comes in. */
export interface Call {
  readonly method: string;
  /** Below the base path, such as `/devices/sensor_001`, as the request has it: not decoded. */
  readonly path: string;
  /** What of the URL follows its `?`, parsed. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** The parsed body; undefined where there is none. */
  readonly body: unknown;
  readonly principal: Principal;
  /** Ends with the connection that it came on. */
  readonly socket?: EventEmitter;
  /** Earliest time at which the call can have reached this machine, milliseconds on the monotonic clock; left out: now. */
  readonly arrived?: number;
  /** Longest time that the call may have waited for a process that did not answer, milliseconds; left out: none. */
  readonly waited?: number;
  /** Returns true once nobody waits for the answer any more; left out: somebody does. */
  readonly gone?: () => boolean;
  /** Throws `forbidden` unless they may do this to that. That they may do it to anything at all is known already. */
  readonly permit: (deed: Deed, target: Target) => void;
}

/** Who asks, and whether they still do. */
export interface From {
  readonly address: string;
  /** Aborted once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What a client may see: the last of what flowed into the live server, so that HTTP and socket never differ. */
export interface Reads {
  /** Returns whether the whole plant was published since the start; until then a missing record may still be on its way. */
  isSettled(): boolean;
  /** The contract's `{devices, count, timestamp}`. */
  devices(): object;
  /** A device's record; undefined where no client may see one of this id. */
  device(id: string): unknown;
  /** The contract's `{relays}`, or why there is none; with the records of all of them. */
  relays(): { readonly info: readonly unknown[] } & (
    { readonly relays: object } | { readonly error: string }
  );
  /** A relay's record; undefined where no client may see one of this id. */
  relay(id: string): unknown;
  /** The last sample; undefined before the first one. */
  stats(): unknown;
  /**
   * What changed since, by the live protocol, for a subscription as it came; waits for it up to `within` milliseconds, and not for
   * somebody who is gone. Rejects with `invalid` or `limit`.
   */
  next(subscription: object, within: number, from?: From): Promise<object>;
}

/** The plant's log. What is asked of it is as it came; both reject with `invalid` where it cannot be understood. */
export interface AuditLog {
  readonly state: 'ok' | 'broken';
  read(filter: unknown): Promise<object>;
  verify(expected: unknown): Promise<object>;
}

/** What somebody made of a device, or tried to, for the log. */
export interface Written {
  readonly kind: 'write';
  readonly by: string;
  readonly from: string;
  readonly via: 'http';
  readonly what: 'value' | 'status';
  readonly device: string;
  readonly before: Value;
  readonly after: Value;
  /** `done`, or the code of the refusal. */
  readonly result: string;
  readonly reason?: string;
}

/** Something that is wrong, for `GET health`. */
export interface Problem {
  readonly what: string;
  readonly id?: string;
  /** For a person. */
  readonly reason: string;
}

/** What the API works on. */
export interface Context {
  readonly reads: Reads;
  readonly devices: {
    get(id: string): DeviceRecord | undefined;
    write(
      input: Readonly<Record<string, unknown>>,
      options: { create: boolean; source: string },
    ): DeviceRecord;
  };
  /** Has the device's record written with the next commit, whatever it is. */
  readonly keep: (device: string) => void;
  readonly audit: AuditLog;
  /** Never rejects. */
  readonly log: (entry: Written) => Promise<boolean>;
  readonly relays: {
    command(command: Command): Promise<Result>;
    get(id: string): RelayRecord | undefined;
    /** Returns whether a relay cannot be reached yet, because the flows are still starting; left out: none is so. */
    isExpected?(id: string): boolean;
  };
  readonly clock: Clock;
  /** Whether the plant's memory and log get to its disk. */
  readonly storage: 'ok' | 'late' | 'failed';
  /** Returns the plant's problems besides storage and log; never rejects. An `id` is left out where readers may not see it. */
  readonly problems: () => Promise<readonly Problem[]>;
  /** What `GET config` tells: everything in it is for everyone who may read. */
  readonly config: object;
}
