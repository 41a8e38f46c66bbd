import { FactoryError } from '../base/errors.ts';

/** Seconds. More often tells nothing more; more seldom is no longer live. */
export const SHORTEST_INTERVAL_S = 0.5;
export const LONGEST_INTERVAL_S = 3600;
export const DEFAULT_INTERVAL_S = 2;

/** Seconds of a setting, a number or the text of one; undefined where it is no interval we can keep. */
export function readInterval(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const seconds = Number(value);
  return seconds >= SHORTEST_INTERVAL_S && seconds <= LONGEST_INTERVAL_S ? seconds : undefined;
}

/** As {@link readInterval}, the default where nothing is set. Throws `config` for what cannot be kept. */
export function parseInterval(value: unknown = DEFAULT_INTERVAL_S): number {
  const seconds = readInterval(value);
  if (seconds !== undefined) return seconds;
  throw new FactoryError('config', `the interval ${JSON.stringify(value)} cannot be kept`, {
    remedy: `Set ${SHORTEST_INTERVAL_S} to ${LONGEST_INTERVAL_S} seconds`,
  });
}
