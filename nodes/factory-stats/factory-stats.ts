import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import { hostSource } from '../../lib/stats/host.ts';
import { parseInterval } from '../../lib/stats/interval.ts';
import { ProcessHealth } from '../../lib/stats/process-health.ts';
import { Sampler } from '../../lib/stats/sampler.ts';
import type { Stats } from '../../lib/stats/stats.ts';
import { SystemStats } from '../../lib/stats/system-stats.ts';
import { emit, inBackground, onClose, onInput, setStatus, whenStarted, type Message } from '../common.ts';
import { tells } from '../live.ts';

interface StatsDef extends NodeDef {
  /** Seconds. */
  interval?: number | string;
}

/** Where live clients look for them. */
const TOPIC = 'system/stats';

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-stats', function (this: Node, def: StatsDef) {
    RED.nodes.createNode(this, def);
    tells(this);
    // Node-RED puts its version there; its types do not know.
    const { version } = RED.settings as { version?: string };
    const health = new ProcessHealth(version);
    let running: Sampler<Stats> | undefined;

    const sampler = (): Sampler<Stats> => {
      if (running) return running;
      const interval = parseInterval(def.interval) * 1000;
      const source = new SystemStats({ host: hostSource(systemClock), health, clock: systemClock });
      running = new Sampler({ source, clock: systemClock, interval });
      running.events.on('sample', (stats) => {
        setStatus(this, 'ok', summary(stats));
        emit(this, messageOf(this, stats));
      });
      running.events.on('error', (error) =>
        inBackground(this, () => {
          throw error;
        }),
      );
      return running;
    };

    whenStarted(RED, this, () => {
      const own = sampler();
      health.start();
      own.start();
    });

    onInput(this, async (message, send) => {
      const stats = await sampler().sample();
      setStatus(this, 'ok', summary(stats));
      const told = messageOf(this, stats);
      send({ ...message, ...told, factory: { ...message.factory, ...told.factory } });
    });

    onClose(this, () => {
      running?.stop();
      health.stop();
    });
  });
}

function messageOf({ id }: Node, payload: Stats): Message {
  const source = { node: id, again: false };
  return { topic: TOPIC, payload, factory: { quality: 'good', ts: payload.timestamp, source } };
}

/** In figures and words that every language shares. */
function summary({ cpu, temperature }: Stats): string {
  const load = `cpu ${Math.round(cpu.percent)} %`;
  return temperature ? `${load} · ${Math.round(temperature.current)} °C` : load;
}
