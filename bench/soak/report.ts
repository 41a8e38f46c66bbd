/** The soak in tables, as they stand in docs/performance.md, and what is wrong with it. */
import { table, tenths } from '../table.ts';
import type { Sample } from './sample.ts';
import { slopeOf, type Point, type Slope } from './slope.ts';
import type { Line, Tally } from './tally.ts';

/** Once all clients are gone. */
export interface Idle extends Sample {
  /** Bytes on disk. */
  readonly written: number;
}

export interface Soak {
  readonly began: number;
  readonly busy: readonly Sample[];
  readonly idle: readonly Idle[];
  readonly tally: Tally;
  readonly log: ReadonlyMap<string, number>;
}

/** What a heap may grow by in an hour at least, as far as can be said, before it is a fault; MB. */
const MAX_GROWTH = 2;
/** A shorter soak says nothing of growth: what is kept within limits is still being filled. Hours. */
const LONG = 0.5;

const IDLE_HEAD = [
  'all clients gone, after',
  'heap MB',
  'external',
  'heaps of threads',
  'RSS',
  'file handles',
  'connections',
  'clients',
  'threads',
  'timers',
  'others',
  'listeners on server',
  'on Node-RED',
  'on process',
  'routes',
  'disk MB',
];

const COUNTED = [
  'file handles',
  'connections',
  'clients',
  'threads',
  'timers',
  'other resources',
  'listeners: server',
  'listeners: Node-RED',
  'listeners: process',
  'routes',
] as const;

export function idleTable(began: number, idle: readonly Idle[]): string {
  return table(
    IDLE_HEAD,
    idle.map(({ at, memory, counts, written }) => [
      `${tenths((at - began) / 60_000)} min`,
      ...[memory.heap, memory.external, memory.workers, memory.rss].map(megabytes),
      ...COUNTED.map((name) => counts[name]!),
      megabytes(written),
    ]),
  );
}

/** By what was looked at: how it grew in the second half, MB an hour. */
export function slopes({ began, busy, idle }: Soak): ReadonlyMap<string, Slope> {
  const last = Math.max(...[...busy, ...idle].map(({ at }) => at));
  const half = began + (last - began) / 2;
  const of = (samples: readonly Sample[], what: keyof Sample['memory']): Slope =>
    slopeOf(
      samples
        .filter(({ at }) => at >= half)
        .map(({ at, memory }): Point => [(at - began) / 3_600_000, memory[what] / 1e6]),
    );
  return new Map([
    ['heap, under load', of(busy, 'heap')],
    ['heap, all clients gone', of(idle, 'heap')],
    ['external memory, under load', of(busy, 'external')],
    ['heaps of threads, under load', of(busy, 'workers')],
    ['RSS, under load', of(busy, 'rss')],
  ]);
}

export function report(soak: Soak): string {
  const { began, busy, idle, tally, log } = soak;
  const grown = Array.from(slopes(soak), ([what, { perHour, within }]) => [
    what,
    signed(perHour),
    `± ${tenths(within)}`,
  ]);
  return [
    idleTable(began, idle),
    `Under load: ${underLoad(busy)}.`,
    table(['second half', 'MB an hour', '95 %'], grown),
    table(['load', 'times', 'other than expected, in a deploy', 'otherwise'], loadRows(tally)),
    log.size === 0
      ? 'The server logged no warning and no error.'
      : table(
          ['the server logged', 'times'],
          Array.from(log).toSorted(([, one], [, other]) => other - one),
        ),
  ].join('\n\n');
}

/** What is wrong, as sentences; none where nothing is. */
export function faultsOf(soak: Soak): string[] {
  const { idle, tally } = soak;
  const faults = Array.from(new Set(tally.faults)).slice(0, 20);
  for (const [what, { otherwise }] of tally.lines) {
    const failed = otherwise.get('500');
    if (failed !== undefined) faults.push(`${what}: answered 500, ${failed} times`);
  }
  const third = Math.floor(idle.length / 3);
  if (third === 0) return [...faults, 'it was too short to see anything'];
  for (const name of COUNTED) {
    const all = idle.map(({ counts }) => counts[name]!);
    // A timer more now and then is none that was left.
    const [before, after] = [Math.max(...all.slice(0, third)), Math.min(...all.slice(-third))];
    if (after > before) faults.push(`${name}: ${before} became ${after}`);
  }
  for (const { counts } of idle) {
    if (counts['clients']! > 0) faults.push(`${counts['clients']} clients were left when all were gone`);
  }
  const isLong = (idle.at(-1)!.at - soak.began) / 3_600_000 >= LONG;
  for (const [what, { perHour, within }] of slopes(soak)) {
    if (isLong && what.startsWith('heap,') && perHour - within > MAX_GROWTH)
      faults.push(`${what}: grows by ${tenths(perHour)} MB an hour`);
  }
  return faults;
}

function underLoad(busy: readonly Sample[]): string {
  const heaps = busy.map(({ memory }) => memory.heap);
  const clients = busy.map(({ counts }) => counts['clients']!);
  const handles = busy.map(({ counts }) => counts['file handles']!);
  const range = (values: readonly number[], show: (value: number) => string): string =>
    `${show(Math.min(...values))} to ${show(Math.max(...values))}`;
  return `${range(clients, String)} clients, ${range(handles, String)} file handles, a heap of ${range(heaps, megabytes)} MB`;
}

function loadRows({ lines }: Tally): (string | number)[][] {
  const shown = ({ otherwise }: Line): string =>
    Array.from(otherwise, ([outcome, times]) => `${times} × ${outcome}`).join(', ') || '0';
  return Array.from(lines)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([what, line]) => [what, line.times, line.deploying, shown(line)]);
}

function megabytes(bytes: number): string {
  return tenths(bytes / 1e6);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${tenths(Math.abs(value))}`;
}
