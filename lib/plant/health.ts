/** Problems of a plant, for people and for programs that watch it. */
import type { Suspicion } from '../base/clock-trust.ts';
import type { DeviceRecord } from '../devices/device.ts';
import { NO_VALUE_YET } from '../devices/merge.ts';
import type { InputState } from '../inputs/input.ts';
import { SAFE_MODE, UNREAD } from '../relays/past.ts';
import type { RelayRecord } from '../relays/relay.ts';

export interface Problem {
  readonly what: 'safe-mode' | 'clock' | 'board' | 'relay' | 'input' | 'device' | 'disk' | 'statistics';
  /** Of the relay, input or device; of a board its name. Left out: there is only one of it. */
  readonly id?: string;
  /** For a person. */
  readonly reason: string;
}

/** Parts of a plant that are judged. */
export interface Judged {
  readonly relays: { list(): readonly RelayRecord[] };
  readonly inputs: { list(): readonly InputState[] };
  readonly devices: { list(): readonly DeviceRecord[] };
  readonly suspicion: Suspicion | undefined;
  /** Boards that do not run at all, by the ids of their nodes. */
  readonly failed: ReadonlyMap<string, Problem>;
}

/** Holders of relays in their fault state after a start that is not safe. */
const AT_START: ReadonlySet<string | undefined> = new Set([SAFE_MODE, UNREAD]);

/** All problems of a plant, those of the whole first. */
export function problemsOf(plant: Judged): Problem[] {
  const relays = plant.relays.list();
  return [
    ...safeMode(relays),
    ...(plant.suspicion ? [{ what: 'clock', reason: plant.suspicion.reason } as const] : []),
    ...plant.failed.values(),
    ...ofBoards(relays),
    ...plant.inputs.list().flatMap(ofInput),
    ...plant.devices.list().flatMap(ofDevice),
  ];
}

/** Over once people have unlocked each relay. */
function safeMode(relays: readonly RelayRecord[]): Problem[] {
  const held = relays.filter(({ locked }) => AT_START.has(locked?.by));
  return [...new Set(held.map(({ locked }) => locked!.why))].map((reason) => ({ what: SAFE_MODE, reason }));
}

/** A board of which no relay is available is one problem, and its relays are none. */
function ofBoards(relays: readonly RelayRecord[]): Problem[] {
  return Array.from(Map.groupBy(relays, ({ board }) => board)).flatMap(([board, theirs]) => {
    const [{ reason } = {}] = theirs;
    const isLost = theirs.every((relay) => !relay.available && relay.reason === reason);
    if (isLost) return [{ what: 'board', id: board, reason: reason ?? 'it is not available' }];
    return theirs.flatMap(ofRelay);
  });
}

function ofRelay({ id, available, reason, tripped, fault }: RelayRecord): Problem[] {
  const found = [
    ...(available ? [] : [reason ?? 'it is not available']),
    ...(tripped ? [`tripped: ${tripped.reason}`] : []),
    ...(fault ? [fault.reason] : []),
  ];
  return found.map((why) => ({ what: 'relay', id, reason: why }));
}

/** An input without a reason waits for its first reading. */
function ofInput({ id, quality, reason }: InputState): Problem[] {
  return quality === 'bad' && reason !== undefined ? [{ what: 'input', id, reason }] : [];
}

/** A device that has never been heard, and is not expected at an interval, is waited for. */
function ofDevice({ id, presence, status, quality, reason }: DeviceRecord): Problem[] {
  const why =
    presence === 'offline' || presence === 'late'
      ? presence
      : status === 'error'
        ? 'its status is error'
        : quality === 'bad' && reason !== NO_VALUE_YET
          ? 'its value is bad'
          : undefined;
  if (why === undefined) return [];
  return [{ what: 'device', id, reason: reason === undefined ? why : `${why}: ${reason}` }];
}
