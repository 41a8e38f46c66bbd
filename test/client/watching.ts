/** What a page is shown and what comes over the wire, held against the order of things. */
import { io } from 'socket.io-client';
import type { Client, Device } from '../../client/types.ts';
import { UPDATE, type Update } from '../../lib/live/protocol.ts';

export interface Watch {
  /** What went wrong, in words. */
  readonly wrong: readonly string[];
  /** How many times a value was shown that was not shown before. */
  readonly changes: number;
  /** How many updates came over the wire, and over how many connections. */
  readonly updates: number;
  readonly connections: number;
  /** Where the wire is. */
  readonly at: { readonly epoch: string; readonly seq: number } | undefined;
  /** The devices as they came over the wire. */
  readonly wire: ReadonlyMap<string, Device>;
  close(): void;
}

/** Watches a plant whose every value is higher than all before: on a page, and on a socket of its own at `url`. */
export function watch(page: Client, url: string): Watch {
  const wrong: string[] = [];
  const onWire = new Map<string, Device>();
  const seen: { -readonly [Key in keyof Watch]: Watch[Key] } = {
    wrong,
    changes: 0,
    updates: 0,
    connections: 0,
    at: undefined,
    wire: onWire,
    close: () => void wire.close(),
  };

  // A page that is shown an older value was told something twice or late.
  const shown = new Map<string, number>();
  page.on('devices', (devices) => {
    for (const { id, value } of devices.values()) {
      const before = shown.get(id) ?? -1;
      if (typeof value === 'number' && value < before) wrong.push(`${id} went from ${before} to ${value}`);
      if (value !== before) seen.changes++;
      shown.set(id, value as number);
    }
  });

  // On the wire each update begins where the one before ended.
  const wire = io(url, {
    transports: ['websocket'],
    reconnectionDelay: 20,
    reconnectionDelayMax: 50,
    auth: (give) => {
      const { at } = seen;
      give({ protocol: 2, ...(at && { since: `${at.epoch}.${at.seq}` }) });
    },
  });
  wire.on('connect', () => seen.connections++);
  wire.on(UPDATE, (update: Update) => {
    const { at } = seen;
    seen.updates++;
    if (update.kind === 'changes' && (update.epoch !== at?.epoch || update.from !== at.seq))
      wrong.push(`${update.epoch}.${update.from} after ${at?.epoch}.${at?.seq}`);
    seen.at = { epoch: update.epoch, seq: update.seq };
    if (update.kind === 'snapshot') onWire.clear();
    for (const [topic, payload] of update.kind === 'snapshot' ? update.state : update.changes) {
      const [, id] = /^devices\/(.*)/.exec(topic) ?? [];
      if (id !== undefined && payload === null) onWire.delete(id);
      else if (id !== undefined) onWire.set(id, payload as Device);
    }
  });
  return seen;
}
