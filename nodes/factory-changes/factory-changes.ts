import type { Node, NodeAPI, NodeDef } from 'node-red';
import { parseGlobs } from '../../lib/base/glob.ts';
import { Changes } from '../../lib/plant/changes.ts';
import type { ChangesOptions } from '../../lib/plant/changes.ts';
import { configNode, emit, onClose, onStarted, setStatus, whenStarted } from '../common.ts';
import { hasToTell, tells } from '../live.ts';

interface ChangesDef extends NodeDef {
  plant: string;
  subject: ChangesOptions['subject'];
  /** Of ids: `*` and `?`, several with commas; empty: all. */
  pattern?: string;
}

export default function register(RED: NodeAPI): void {
  /** By node id: a deploy of parts may take devices and relays away while this node is away itself. */
  const toldBy = new Map<string, Set<string>>();

  RED.nodes.registerType('factory-changes', function (this: Node, def: ChangesDef) {
    RED.nodes.createNode(this, def);
    tells(this);
    const stop: (() => void)[] = [];
    const source = { node: this.id, again: true };
    let closed = false;
    const hasTold = hasToTell(this);

    const start = async (): Promise<void> => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      const fits = parseGlobs(def.pattern);
      await plant.ready;
      if (closed) return;
      const own = toldBy.get(this.id) ?? new Set();
      toldBy.set(this.id, own);
      const changes = new Changes(plant, { subject: def.subject, fits, told: own });
      let last = '';
      const show = (): void => {
        const { kind, state } = plant.storage;
        const { devices, relays } = changes.counts;
        const audit = plant.audit.state.state;
        const isSuspect = plant.suspicion !== undefined;
        const now = [kind, state, audit, isSuspect, devices, relays].join();
        if (now === last) return;
        last = now;
        const counts = RED._(`factory-changes.status.${def.subject}`, { devices, relays });
        const troubles: string[] = [];
        if (kind !== 'sqlite' || state !== 'ok') troubles.push(state === 'ok' ? 'memory' : state);
        if (audit !== 'ok') troubles.push('audit');
        if (isSuspect) troubles.push('clock');
        const words = troubles.map((trouble) => RED._(`factory-changes.status.${trouble}`));
        setStatus(this, troubles.length > 0 ? 'warn' : 'ok', [counts, ...words].join(' · '));
      };
      stop.push(() => changes.stop());
      for (const event of ['storage', 'audit', 'clock'] as const) stop.push(plant.events.on(event, show));
      changes.start((told) => {
        emit(this, { ...told, factory: { ...told.factory, source } });
        // A value alone changes nothing of what is shown.
        if (told.payload === null || told.factory.previous === null) show();
      });
      show();
      // A deploy in part may have put new nodes behind this one, which know nothing yet.
      stop.push(onStarted(RED, () => changes.again()));
    };
    whenStarted(RED, this, () => start().finally(hasTold));

    onClose(this, (removed) => {
      closed = true;
      if (removed) toldBy.delete(this.id);
      for (const end of stop) end();
    });
  });
}
