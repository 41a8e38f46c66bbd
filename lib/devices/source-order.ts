/** The last time that each source of a device gave, milliseconds since 1970; the source that spoke last is the last one. */
export type GivenTimes = readonly (readonly [source: string, time: number])[];

/** Sources of one device whose times are remembered; mostly there is one. */
export const MAX_SOURCES = 4;

/** The last time that a source gave; undefined where none is known. */
export function lastGiven(times: GivenTimes | undefined, source: string): number | undefined {
  if (times) for (const [name, time] of times) if (name === source) return time;
  return undefined;
}

/** The times with one more of a source. Of too many sources the one that spoke longest ago is forgotten. */
export function withGiven(times: GivenTimes = [], source: string, time: number): GivenTimes {
  // Mostly there is one source, and each of its values comes by here.
  if (times.length === 0 || (times.length === 1 && times[0]![0] === source)) return [[source, time]];
  return [...times.filter(([name]) => name !== source), [source, time] as const].slice(-MAX_SOURCES);
}
