/** How benches show what they measured: tables that go into docs/performance.md as they are. */
import { cpus, loadavg } from 'node:os';

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const ruler = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(head), line(ruler), ...rows.map(line)].join('\n');
}

/** What was to be reached and what was; `holds` says whether it is. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly result: string;
  readonly holds: boolean;
}

export function goalTable(goals: readonly Goal[]): string {
  return table(
    ['goal', 'at most', 'measured', ''],
    goals.map(({ what, goal, result, holds }) => [what, goal, result, holds ? 'reached' : 'missed']),
  );
}

/** When and where it was measured, as the tables are introduced. */
export function circumstances(): string {
  const date = new Date().toISOString().slice(0, 10);
  const load = loadavg()[0]!.toFixed(1);
  return `${date}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.version}, load ${load}`;
}

export function tenths(ms: number): string {
  return ms.toFixed(1);
}

export function hundredths(value: number): string {
  return value.toFixed(2);
}
