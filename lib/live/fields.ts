/** What of a record is other than before, told without the rest: of a device that is measured, mostly its value and its time. */
import type { Entry, Rows } from './protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Changes as they are told to somebody who has what was before. */
export interface Parts {
  /** Those that are told whole. */
  readonly changes: readonly Entry[];
  readonly fields: readonly Rows[];
}

/** Parts entries by whether it is enough to tell some fields. `before`: the records that the listener has. */
export function partFields(entries: readonly Entry[], before: (topic: string) => unknown): Parts {
  const changes: Entry[] = [];
  const rows = new Map<string, { names: readonly string[]; rows: [topic: string, ...values: unknown[]][] }>();
  for (const entry of entries) {
    const [topic, payload] = entry;
    const names = namesOfOthers(before(topic), payload);
    if (!names) {
      changes.push(entry);
      continue;
    }
    const key = names.join();
    let alike = rows.get(key);
    if (!alike) rows.set(key, (alike = { names, rows: [] }));
    alike.rows.push([topic, ...names.map((name) => (payload as Fields)[name])]);
  }
  return { changes, fields: Array.from(rows.values()) };
}

/** The fields that are other than before; undefined where it is no record any more, was none, or has lost a field. */
function namesOfOthers(before: unknown, now: unknown): string[] | undefined {
  if (!isRecord(before) || !isRecord(now)) return undefined;
  for (const name of Object.keys(before)) if (!Object.hasOwn(now, name)) return undefined;
  return Object.keys(now).filter((name) => !isSame(before[name], now[name]));
}

/** Both are as JSON has them. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (isRecord(one) && isRecord(other) && JSON.stringify(one) === JSON.stringify(other));
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
