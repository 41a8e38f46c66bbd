/** Takes turns, so that what else the machine does falls on all alike, and leaves out what was disturbed. */
import type { Used } from './server-process.ts';
import { tenths } from './table.ts';

/** A turn in which one of the processes waited longer than this share of it for its core counts for nothing. */
const MAX_WAITED = 0.05;

/**
 * Lets each of them take a turn, one after another, the first time to warm up, then `count` times, and up to `more` times where
 * turns were disturbed. Resolves with the `count` least disturbed ones of each.
 */
export async function inTurns<Figures extends Pick<Used, 'waited'>>(
  turns: readonly (() => Promise<Figures>)[],
  { count, more }: { readonly count: number; readonly more: number },
): Promise<Figures[][]> {
  for (const turn of turns) await turn();
  const all = turns.map((): Figures[] => []);
  const isEnough = (of: readonly Figures[]): boolean =>
    of.filter(({ waited }) => waited <= MAX_WAITED).length >= count;
  for (let round = 0; round < count + more; round++) {
    for (const [index, turn] of turns.entries()) if (!isEnough(all[index]!)) all[index]!.push(await turn());
  }
  return all.map((of) => of.toSorted((one, other) => one.waited - other.waited).slice(0, count));
}

/** Of the turns that are counted: the longest wait for a core, per cent; said to be too long where it is. */
export function longestWait(figures: readonly Pick<Used, 'waited'>[]): string {
  const longest = Math.max(...figures.map(({ waited }) => waited));
  return `${tenths(longest * 100)}${longest > MAX_WAITED ? ' (!)' : ''}`;
}
