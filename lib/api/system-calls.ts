import { isoTime } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { LONGEST_INTERVAL_S } from '../stats/interval.ts';
import type { Stats } from '../stats/stats.ts';
import type { Answer } from './answer.ts';
import type { Context, Problem } from './call.ts';

export function getStats({ reads }: Context): Answer {
  return { status: 200, body: sampled(reads.stats()) };
}

/** Most problems that are told one by one. */
export const MAX_PROBLEMS = 100;
/** Age beyond which nobody samples any more, milliseconds: a sample is due each hour at the latest. */
const STATS_AGE_MS = 2 * LONGEST_INTERVAL_S * 1000;

export async function getHealth(context: Context): Promise<Answer> {
  const { reads, clock, storage, audit } = context;
  // A flow puts the statistics there, so parts of them may be missing or of another form.
  const { cpu, memory, disk, timestamp } = sampled(reads.stats()) as Partial<Stats>;
  const age = clock.now() - Date.parse(String(timestamp));
  const isOld = age > STATS_AGE_MS;
  const problems: Problem[] = [
    ...(isOld ? [{ what: 'statistics', reason: `the last sample is of ${String(timestamp)}` }] : []),
    ...(await context.problems()),
  ];
  const isHealthy = storage === 'ok' && audit.state === 'ok' && problems.length === 0;
  const more = problems.length - MAX_PROBLEMS;
  return {
    status: 200,
    body: {
      status: isHealthy ? 'healthy' : 'degraded',
      // Where all is well the body is the contract's to the letter. Why it is not is in Node-RED's log: it names a path.
      ...(storage !== 'ok' && { storage }),
      ...(audit.state !== 'ok' && { audit: audit.state }),
      ...(problems.length > 0 && { problems: problems.slice(0, MAX_PROBLEMS) }),
      ...(more > 0 && { more }),
      timestamp: isoTime(clock.now()),
      system: {
        cpu_percent: cpu?.percent ?? null,
        memory_percent: memory?.percent ?? null,
        disk_percent: disk?.percent ?? null,
      },
    },
  };
}

export function getConfig({ config }: Context): Answer {
  return { status: 200, body: config };
}

function sampled(stats: unknown): object {
  if (typeof stats === 'object' && stats !== null) return stats;
  throw new FactoryError('unavailable', 'there are no statistics yet', {
    remedy: 'Wire a system stats node to the live push node, and ask again after its first sample',
  });
}
