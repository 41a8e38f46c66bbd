import { isoTime } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import type { Unsubscribe } from '../base/events.ts';
import { nameKey, quote } from '../base/text.ts';
import { Interlocks } from './interlocks.ts';
import type { Command, RelayChange, RelayRecord, Result } from './relay.ts';

/** What the directory needs of a board. */
export interface RelayBoard {
  readonly name: string;
  readonly events: Pick<Emitter<{ change: RelayChange }>, 'on'>;
  records(): RelayRecord[];
  /** Never rejects. */
  command(command: Command): Promise<Result>;
}

interface Entry {
  readonly board: RelayBoard;
  record: RelayRecord;
}

/** All relays of a plant by their ids, whichever board they are on. */
export class RelayDirectory {
  readonly events = new Emitter<{ change: RelayChange }>();
  /** By the keys of their ids. */
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  /** Across all boards of the plant. */
  readonly interlocks: Interlocks;
  /** Keys of relays whose board was taken away since the flows last started. */
  readonly #left = new Set<string>();
  #expects: ((id: string) => boolean) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.interlocks = new Interlocks(clock);
  }

  /**
   * Adds a board's relays, telling of each; the function returned takes them away again, telling of each.
   * Throws `config` where the plant has a relay of one of these ids already; then nothing was added.
   */
  add(board: RelayBoard): Unsubscribe {
    const records = board.records();
    for (const { id } of records) this.#checkFree(id);
    for (const record of records) this.#entries.set(nameKey(record.id), { board, record });
    const stop = board.events.on('change', (change) => this.#update(board, change));
    for (const record of records)
      this.events.emit('change', { id: record.id, relay: record, previous: null });
    return () => {
      stop();
      this.#remove(board);
    };
  }

  /**
   * Says which relays belong to boards that are not there yet: commands for them are answered `unavailable`, and not
   * `unknown-relay`, until the flows have started. The same goes for relays whose board is taken away by a deploy.
   */
  expect(expects: (id: string) => boolean): void {
    this.#expects = expects;
  }

  /** The flows have started: boards that are not there now will not come. */
  started(): void {
    this.#expects = undefined;
    this.#left.clear();
  }

  /** Returns whether a relay cannot be reached yet, because the flows are still starting. */
  isExpected(id: string): boolean {
    if (!this.#expects) return !this.get(id) && this.#left.has(nameKey(id));
    return this.get(id) !== undefined || this.#left.has(nameKey(id)) || this.#expects(id);
  }

  /** All relays, in the order in which they were added. */
  list(): RelayRecord[] {
    return Array.from(this.#entries.values(), ({ record }) => record);
  }

  get(id: string): RelayRecord | undefined {
    return this.#entries.get(nameKey(id))?.record;
  }

  /** Passes a command on to the board of its relay. Never rejects. */
  command(command: Command): Promise<Result> {
    const entry = this.#entries.get(nameKey(command.relay));
    if (entry) return entry.board.command({ ...command, relay: entry.record.id });
    return Promise.resolve(this.#unknown(command));
  }

  #checkFree(id: string): void {
    const taken = this.#entries.get(nameKey(id));
    if (!taken) return;
    throw new FactoryError(
      'config',
      `the plant has a relay ${quote(taken.record.id)} already, on the board ${quote(taken.board.name)}`,
      { remedy: 'Give each relay of a plant an id of its own' },
    );
  }

  #update(board: RelayBoard, change: RelayChange): void {
    const entry = this.#entries.get(nameKey(change.id));
    if (entry?.board !== board || !change.relay) return;
    entry.record = change.relay;
    this.events.emit('change', change);
  }

  #remove(board: RelayBoard): void {
    for (const [key, { board: owner, record }] of Array.from(this.#entries)) {
      if (owner !== board) continue;
      this.#entries.delete(key);
      this.#left.add(key);
      const { id } = record;
      this.events.emit('change', { id, relay: null, previous: record });
    }
  }

  #unknown({ id, relay }: Command): Result {
    const outcome = this.isExpected(relay)
      ? { code: 'unavailable' as const, reason: `the board of ${quote(relay)} is not there yet: try again` }
      : { code: 'unknown-relay' as const, reason: `there is no relay ${quote(relay)} in this plant` };
    return {
      id,
      ok: false,
      ...outcome,
      relay,
      state: null,
      verified: null,
      rev: 0,
      at: isoTime(this.#clock.now()),
      logged: false,
    };
  }
}
