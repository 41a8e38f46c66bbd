/** How benches show what they measured: tables that go into docs/performance.md as they are. */

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const ruler = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(head), line(ruler), ...rows.map(line)].join('\n');
}

export function tenths(ms: number): string {
  return ms.toFixed(1);
}
