import { nameKey } from '../base/text.ts';
import type { Past } from '../relays/board.ts';
import { isKeptRelay } from '../relays/kept.ts';
import type { KeptRelay, Result, ResultCode } from '../relays/relay.ts';
import { isOk } from '../relays/result.ts';
import { REMEMBER_MS } from '../relays/limits.ts';
import type { LogEntry } from '../store/store.ts';

/** Relay state and answered commands from before the process began, as far as the store gives them back. */
export class Before {
  /** Why nothing must start other than in its fault state; undefined: it may. */
  unsafe: string | undefined;
  /** Whether something was kept and none of it could be read. */
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

  /** Takes over what the store has kept of a relay, whatever it is. */
  restore(relay: string, kept: unknown): void {
    if (isKeptRelay(kept)) this.#kept.set(nameKey(relay), kept);
    else this.#damaged.add(nameKey(relay));
  }

  keep(relay: string, kept: KeptRelay): void {
    this.#kept.set(nameKey(relay), kept);
  }

  /** Whoever asks again after a start of the process whether a command was executed is not to have it executed twice. */
  recall(entry: LogEntry, now: number): void {
    const { kind, at, id, relay, code, state, action } = entry;
    const age = now - Date.parse(String(at));
    // Without an action it was refused before it was one.
    if (kind !== 'command' || !action || !(age < REMEMBER_MS)) return;
    const [named, asked] = [String(id), String(relay)];
    const found = typeof state === 'boolean' ? state : null;
    const answers = this.#answered.get(nameKey(asked)) ?? new Map<string, Result>();
    this.#answered.set(nameKey(asked), answers);
    answers.set(named, {
      id: named,
      ok: isOk(code as ResultCode),
      code: code as ResultCode,
      relay: asked,
      state: found,
      verified: found === null ? null : 'line',
      rev: 0,
      at: String(at),
      logged: true,
    });
  }
}

const LOST = 'the plant file could not be read at the start, so it is not known who had this relay';
const DAMAGED = 'its record in the plant file is damaged, so it is not known who had this relay';
