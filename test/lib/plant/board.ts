import { Emitter } from '../../../lib/base/events.ts';
import type { Plant } from '../../../lib/plant/plant.ts';
import type { RelayBoard } from '../../../lib/relays/directory.ts';
import type { RelayChange, RelayRecord } from '../../../lib/relays/relay.ts';

export interface TestBoard extends RelayBoard {
  /** Tells of a change as a board does. */
  change(id: string, to: Partial<RelayRecord>): RelayRecord;
  remove(): void;
}

/** A plant's relays without the board and its driver: what a directory needs to know of one, moved by a test. */
export function addBoard(plant: Plant, ...ids: string[]): TestBoard {
  const records = new Map(ids.map((id) => [id, blank(id)]));
  const board = {
    name: 'b',
    events: new Emitter<{ change: RelayChange }>(),
    records: () => Array.from(records.values()),
    command: () => Promise.reject(new Error('not asked')),
    change(id: string, to: Partial<RelayRecord>): RelayRecord {
      const previous = records.get(id)!;
      const relay = { ...previous, rev: previous.rev + 1, ...to };
      records.set(id, relay);
      board.events.emit('change', { id, relay, previous });
      return relay;
    },
  };
  return Object.assign(board, { remove: plant.relays.add(board) });
}

function blank(id: string): RelayRecord {
  return {
    id,
    name: id,
    state: false,
    verified: 'line',
    board: 'b',
    available: true,
    simulated: true,
    rev: 0,
    changed: '2026-01-01T00:00:00.000Z',
    by: null,
  };
}
