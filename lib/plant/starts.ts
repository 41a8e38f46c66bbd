/** Sees a process that dies again and again soon after its start, which the outputs must not follow each time. */

/** Who lives for so long has started, milliseconds. */
export const SETTLED_MS = 60_000;
/** After so many starts in a row that ended earlier, nothing starts any more until a person says so. */
export const MAX_EARLY_DEATHS = 3;

/** What is kept of a start; all of it is about the process that wrote it last. */
export interface Start {
  /** Names the process. */
  readonly process: string;
  /** How many processes before it died early, in a row. */
  readonly deaths: number;
  readonly settled: boolean;
  /** It ended in order. */
  readonly ended: boolean;
}

/** Parses the kept record of a start; undefined where it makes no sense: a damaged file may hold anything. */
export function parseStart(value: unknown): Start | undefined {
  const { process, deaths, settled, ended } = (value ?? {}) as Record<string, unknown>;
  const isStart =
    typeof process === 'string' &&
    Number.isInteger(deaths) &&
    typeof settled === 'boolean' &&
    typeof ended === 'boolean';
  return isStart ? (value as Start) : undefined;
}

/** The start of `process`, given what was kept of the last one. */
export function nextStart(last: Start | undefined, process: string): Start {
  // A deploy closes the plant and makes it anew, in the same process.
  if (last?.process === process) return { ...last, ended: false };
  const diedEarly = last !== undefined && !last.settled && !last.ended;
  return { process, deaths: diedEarly ? last.deaths + 1 : 0, settled: false, ended: false };
}

/** Why nothing must start by itself, for a person; undefined where it may. */
export function unsafeStart(last: Start | undefined, start: Start): string | undefined {
  if (last?.process === start.process || start.deaths < MAX_EARLY_DEATHS) return undefined;
  return `Node-RED died ${start.deaths} times in a row within ${SETTLED_MS / 1000} s of its start`;
}
