import { nameKey } from '../base/text.ts';
import type { Past } from '../relays/board.ts';
import { isKeptRelay } from '../relays/kept.ts';
import type { KeptRelay, Result, ResultCode } from '../relays/relay.ts';
import { isOk } from '../relays/result.ts';
import { MAX_REMEMBERED, REMEMBER_MS } from '../relays/limits.ts';
import type { LogEntry, Store } from '../store/store.ts';

/** Commands that were answered before this process began: each may have two entries. */
const ASKED = { most: 2 * MAX_REMEMBERED, window: REMEMBER_MS, idle: 30_000 };

/** Relay state and answered commands from before the process began, as far as the store gives them back. */
export class Before {
  /** Reason why nothing may start other than in its fault state; undefined: it may. */
  unsafe: string | undefined;
  /** True if something was kept and none of it could be read. */
  isLost = false;
  /** By the keys of relay ids, here and below: an id that is spelled otherwise now is of the same relay. */
  readonly #kept = new Map<string, KeptRelay>();
  readonly #damaged = new Set<string>();
  readonly #answered = new Map<string, Map<string, Result>>();

  /** As the plant's boards go on with it. */
  get past(): Past {
    return {
      kept: this.#kept,
      answered: (relay) => this.#answered.get(nameKey(relay)) ?? new Map<string, Result>(),
      unsafe: this.unsafe,
      doubt: (relay) => (this.isLost ? LOST : this.#damaged.has(nameKey(relay)) ? DAMAGED : undefined),
    };
  }

  /** Relays whose kept state cannot be understood. */
  get damaged(): readonly string[] {
    return Array.from(this.#damaged);
  }

  /** Returns whether the plant has had this relay, as far as that is known. */
  has(relay: string): boolean {
    return this.isLost || this.#kept.has(nameKey(relay)) || this.#damaged.has(nameKey(relay));
  }

  /** Takes over what the store has kept of a relay, whatever it is. */
  restore(relay: string, kept: unknown): void {
    if (isKeptRelay(kept)) this.#kept.set(nameKey(relay), kept);
    else this.#damaged.add(nameKey(relay));
  }

  keep(relay: string, kept: KeptRelay): void {
    this.#kept.set(nameKey(relay), kept);
  }

  /** Takes over the commands that a store has logged lately, as far as it can read them. */
  async recallFrom(store: Store): Promise<void> {
    try {
      for (const entry of (await store.asked?.(ASKED)) ?? []) this.recall(entry);
    } catch {
      // A log that cannot be read shows in the audit.
    }
  }

  /** Takes over a logged command: one that is sent again after a start of the process is not executed again. */
  recall({ at, id, relay, code, state, action }: LogEntry): void {
    // Without an action it was refused before it was one.
    if (!action) return;
    const [named, asked] = [String(id), String(relay)];
    const answers = this.#answered.get(nameKey(asked)) ?? new Map<string, Result>();
    this.#answered.set(nameKey(asked), answers);
    const hasBegun = code === 'begun';
    // What came of it is known, whichever of the two entries is found first.
    if (hasBegun && answers.has(named)) return;
    const found = typeof state === 'boolean' && !hasBegun ? state : null;
    answers.set(named, {
      id: named,
      ok: isOk(code as ResultCode),
      code: hasBegun ? 'unavailable' : (code as ResultCode),
      relay: asked,
      state: found,
      verified: found === null ? null : 'line',
      rev: 0,
      at: String(at),
      logged: true,
      ...(hasBegun && { reason: CUT_SHORT }),
    });
  }
}

const CUT_SHORT =
  'Node-RED ended while this command was carried out, so it is not known whether the relay moved; see what it is now, and ' +
  'send the command with another id if it is still wanted';
const LOST = 'the plant file could not be read at the start, so it is not known who had this relay';
const DAMAGED = 'its record in the plant file is damaged, so it is not known who had this relay';
