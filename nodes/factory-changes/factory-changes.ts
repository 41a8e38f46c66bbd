import type { Node, NodeAPI, NodeDef } from 'node-red';
import { parseGlobs } from '../../lib/base/glob.ts';
import { Changes } from '../../lib/plant/changes.ts';
import type { ChangesOptions } from '../../lib/plant/changes.ts';
import { configNode, emit, onClose, setStatus, whenStarted } from '../common.ts';

interface ChangesDef extends NodeDef {
  plant: string;
  subject: ChangesOptions['subject'];
  /** Of ids: `*` and `?`, several with commas; empty: all. */
  pattern?: string;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-changes', function (this: Node, def: ChangesDef) {
    RED.nodes.createNode(this, def);
    const stop: (() => void)[] = [];
    let closed = false;

    whenStarted(RED, this, async () => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      const fits = parseGlobs(def.pattern ?? '');
      await plant.ready;
      if (closed) return;
      let last = '';
      const show = (): void => {
        const { kind, state } = plant.storage;
        const counts = RED._(`factory-changes.status.${def.subject}`, { ...changes.counts });
        const trouble = state === 'failed' ? 'failed' : kind === 'memory' ? 'memory' : undefined;
        const text = trouble ? `${counts} · ${RED._(`factory-changes.status.${trouble}`)}` : counts;
        if (text !== last) setStatus(this, trouble ? 'warn' : 'ok', (last = text));
      };
      const changes = new Changes(plant, { subject: def.subject, fits });
      stop.push(() => changes.stop(), plant.events.on('storage', show));
      changes.start((told) => {
        emit(this, { ...told });
        show();
      });
      show();
    });

    onClose(this, () => {
      closed = true;
      for (const end of stop) end();
    });
  });
}
