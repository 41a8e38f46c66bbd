import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import { hostSource } from '../../lib/stats/host.ts';
import { parseInterval } from '../../lib/stats/interval.ts';
import { ProcessHealth } from '../../lib/stats/process-health.ts';
import { Sampler } from '../../lib/stats/sampler.ts';
import type { Stats } from '../../lib/stats/stats.ts';
import { SystemStats } from '../../lib/stats/system-stats.ts';
import { emit, inBackground, onClose, onInput, setStatus, whenStarted, type Message } from '../common.ts';

interface StatsDef extends NodeDef {
  /** Seconds. */
  interval?: number | string;
}

const TOPIC = 'system/stats';

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-stats', function (this: Node, def: StatsDef) {
    RED.nodes.createNode(this, def);
    const health = new ProcessHealth((RED.settings as { version?: string }).version);
    const source = new SystemStats({ host: hostSource(systemClock), health, clock: systemClock });
    let sampler: Sampler<Stats> | undefined;

    const told = (payload: Stats): Message => {
      setStatus(this, 'ok', summaryOf(payload));
      return { topic: TOPIC, payload, factory: { quality: 'good', ts: payload.timestamp } };
    };

    whenStarted(RED, this, () => {
      const sampling = new Sampler({
        source,
        clock: systemClock,
        interval: parseInterval(def.interval) * 1000,
      });
      sampler = sampling;
      sampling.events.on('sample', (sample) => emit(this, told(sample)));
      // The sampler tells an error once, not at each interval.
      sampling.events.on('error', (error) =>
        inBackground(this, () => {
          throw error;
        }),
      );
      health.start();
      sampling.start();
    });

    onInput(this, async (message, send) => {
      const sample = await (sampler?.sample() ?? source.sample());
      send({ ...message, ...told(sample) });
    });

    onClose(this, () => {
      sampler?.stop();
      health.stop();
    });
  });
}

/** The two figures that a person looks for first, in signs that every language shares. */
function summaryOf({ cpu, temperature }: Stats): string {
  return temperature ? `${cpu.percent} % · ${temperature.current} °C` : `${cpu.percent} %`;
}
