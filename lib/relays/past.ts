import { nameKey } from '../base/text.ts';
import type { Memory } from './home.ts';
import type { KeptRelay, Result } from './relay.ts';

/** Names in the lock-outs of relays that must not start: the process dies again and again, or it is not known what was kept. */
export const SAFE_MODE = 'safe-mode';
export const UNREAD = 'storage';

/** State from before the process began. */
export interface Past {
  /** Kept state of relays, by the keys of their ids. */
  readonly kept?: ReadonlyMap<string, KeptRelay>;
  /** Returns the results of a relay's last commands, by their ids. */
  readonly answered?: (relay: string) => ReadonlyMap<string, Result>;
  /** Reason why no relay may start other than in its fault state; left out: it may. */
  readonly unsafe?: string | undefined;
  /** Returns the reason why a relay's kept state is not known though there was some; undefined: it is known. */
  readonly doubt?: (relay: string) => string | undefined;
}

const NOTHING = new Map<string, never>();

/**
 * Puts into the memory of a relay what was before the process began; returns what was kept of it. What an earlier board in
 * this process knows is newer.
 */
export function recall(memory: Memory, id: string, past: Past): KeptRelay | undefined {
  const { kept = NOTHING, answered = () => NOTHING, unsafe, doubt = () => undefined } = past;
  const { keeper, remembered } = memory;
  const { claims } = keeper;
  const before = kept.get(nameKey(id));
  const why = doubt(id);
  if (memory.past === 'unread') {
    if (before) keeper.restore(before);
    for (const [command, result] of answered(id)) remembered.add(command, Promise.resolve(result), null);
    const reason = why ?? unsafe;
    const by = why === undefined ? SAFE_MODE : UNREAD;
    if (reason !== undefined && !claims.lock) claims.lockOut(by, reason, 'safety');
  } else if (memory.past === 'lost' && before && claims.lock?.by === UNREAD) {
    // It can be read after all, and nobody has looked meanwhile.
    const { hand, lock, trip } = before;
    keeper.restoreClaims({ hand, lock: lock ?? claims.lock, trip: claims.trip ?? trip ?? null });
  }
  if (memory.past !== 'read') memory.past = why === undefined ? 'read' : 'lost';
  return before;
}
