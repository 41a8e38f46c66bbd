import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import { parseRetention, RETENTION_DAYS } from '../../lib/plant/retention.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { forgetMemory, forgetTopics, storeFor, topicsOf } from '../../lib/plant/storage.ts';
import { registerPlant } from '../access.ts';
import { clockTrust } from '../clock-trust.ts';
import { inBackground, onClose, onStarted } from '../common.ts';
import type { PlantNode } from '../common.ts';
import { serveClock } from './clock.ts';

interface PlantDef extends NodeDef {
  storage: 'sqlite' | 'memory';
  /** Relative to the user directory; empty: a file of its own there. */
  file?: string;
  /** How long the log is kept, days. */
  retention?: unknown;
}

export default function register(RED: NodeAPI): void {
  serveClock(RED);
  RED.nodes.registerType('factory-plant', function (this: Node, def: PlantDef) {
    RED.nodes.createNode(this, def);
    let closed = false;
    const store = storeFor({
      id: this.id,
      storage: def.storage === 'memory' ? 'memory' : 'sqlite',
      file: def.file ?? '',
      folder: RED.settings.userDir ?? '.',
      clock: systemClock,
    });
    let retention = RETENTION_DAYS;
    inBackground(this, () => {
      retention = parseRetention(def.retention);
    });
    const plant = new Plant({
      name: def.name || 'Plant',
      clock: systemClock,
      store,
      retention,
      topics: topicsOf(this.id),
      trust: clockTrust,
    });
    Object.assign(this, { plant } satisfies Pick<PlantNode, 'plant'>);

    // The store tells of each state once, whatever goes on failing.
    plant.events.on('storage', (storage) => {
      if (storage.state === 'ok') this.log('storage works again; everything is kept');
      else if (storage.state === 'late')
        this.warn(`storage is late, commands are carried out but not logged yet: ${storage.detail ?? ''}`);
      else
        this.error(`storage failed, the plant works in memory only: ${storage.detail ?? 'unknown reason'}`);
    });

    plant.events.on('audit', ({ breaks }) => {
      const [first, ...more] = breaks;
      if (!first) this.log('the log holds against its seals again: what was broken is kept no more');
      else this.error(`the log is not as it was written: ${first.reason}${andMore(more.length)}. ${BROKEN}`);
    });

    plant.events.on('clock', ({ suspicion }) => {
      if (suspicion) this.warn(`the clock is not trusted: ${suspicion.reason}. ${SUSPECT}`);
      else this.log('the clock is trusted');
    });

    void plant.ready.then(() => {
      if (closed) return;
      const { storage, file = '' } = def;
      plant.configured(this.id, { what: 'plant', name: plant.name, settings: { storage, file, retention } });
      const { unsafe } = plant.past;
      if (unsafe)
        this.error(`safe mode: ${unsafe}; all relays are in their fault state until a person unlocks them`);
      if (plant.doubt)
        this.warn(`${plant.doubt}; these relays are in their fault state until a person unlocks them`);
    });

    // Boards come one after another, and flows may ask before them.
    plant.expectRelays();
    const forgetStarts = onStarted(RED, () => plant.relays.started());

    const unregister = registerPlant(plant);
    onClose(this, async (removed) => {
      forgetStarts();
      unregister();
      closed = true;
      await plant.close();
      if (!removed) return;
      forgetMemory(this.id);
      forgetTopics(this.id);
    });
  });
}

/** What a break means to who runs the plant, and what to do. */
const BROKEN =
  'Somebody or something past this program has changed its file, so what the log says there is no proof any more. ' +
  'Keep a copy of the file as it is now, compare it with a backup, and see who may write it';

/** Consequence of a clock that is not trusted, and the remedy. */
const SUSPECT =
  'Nothing is deleted because of its age until the clock is right. Set it, or say in the dialog of the plant that it is right';

function andMore(count: number): string {
  return count > 0 ? `, and so are ${count} other places` : '';
}
