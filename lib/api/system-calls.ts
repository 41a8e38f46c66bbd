import { isoTime } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import type { HostStats } from '../stats/stats.ts';
import type { Answer } from './answer.ts';
import type { Context } from './call.ts';

export function getStats({ reads }: Context): Answer {
  return { status: 200, body: sampled(reads.stats()) };
}

export function getHealth({ reads, clock, storage, audit }: Context): Answer {
  // A flow puts the statistics there, so parts of them may be missing or of another form.
  const { cpu, memory, disk } = sampled(reads.stats()) as Partial<HostStats>;
  return {
    status: 200,
    body: {
      status: storage === 'ok' && audit.state === 'ok' ? 'healthy' : 'degraded',
      // Where all is well the body is the contract's to the letter. Why it is not is in Node-RED's log: it names a path.
      ...(storage !== 'ok' && { storage }),
      ...(audit.state !== 'ok' && { audit: audit.state }),
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
