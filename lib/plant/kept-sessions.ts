import type { SessionKeeper, SessionRecord } from '../access/sessions.ts';
import type { Store, StoredRecord } from '../store/store.ts';

/** Begins the ids under which it is stored who has signed in. */
export const SESSIONS = 'sessions/';

export interface StoredSession extends StoredRecord {
  readonly session: SessionRecord;
}

/** Keeps who has signed in, in the plant's store. */
export class KeptSessions implements SessionKeeper {
  readonly #store: Store;
  readonly #sessions = new Map<string, SessionRecord>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes what an earlier run has stored; nobody is let in by what cannot be understood. */
  restore({ session }: StoredSession): void {
    if (isSession(session)) this.#sessions.set(session.hash, session);
  }

  all(): readonly SessionRecord[] {
    return Array.from(this.#sessions.values());
  }

  keep(session: SessionRecord): void {
    this.#sessions.set(session.hash, session);
    this.#store.put({ id: SESSIONS + session.hash, session } as StoredSession, 'now');
  }

  drop(hash: string): void {
    this.#sessions.delete(hash);
    this.#store.delete(SESSIONS + hash);
  }
}

function isSession(found: unknown): found is SessionRecord {
  if (typeof found !== 'object' || found === null) return false;
  const { hash, page, name, began, expires } = found as Record<string, unknown>;
  const texts = [hash, page, name].every((text) => typeof text === 'string');
  return texts && [began, expires].every(Number.isFinite);
}
