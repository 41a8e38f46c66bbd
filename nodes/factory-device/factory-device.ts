import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { Target } from '../../lib/access/role.ts';
import { authoriseMessage } from '../../lib/access/wire.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { readAvailability } from '../../lib/devices/availability.ts';
import { declare } from '../../lib/devices/declare.ts';
import { complaint, ingest } from '../../lib/devices/ingest.ts';
import { Doubts } from '../../lib/devices/doubts.ts';
import type { IdSource } from '../../lib/devices/ingest.ts';
import { shown } from '../../lib/devices/shown.ts';
import { parseInterval } from '../../lib/devices/limits.ts';
import { parseTopicPattern } from '../../lib/devices/topic-pattern.ts';
import type { TopicPattern } from '../../lib/devices/topic-pattern.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { access } from '../access.ts';
import { causeWith, stepOf } from '../cause.ts';
import { configNode, onClose, onInput, setStatus, warnOfUnmarkedDashboards, whenStarted } from '../common.ts';
import { learnt, serveInterval } from './interval.ts';
import { SilentDevices } from './silent.ts';

interface DeviceDef extends NodeDef {
  plant: string;
  /** The id of the one device that this node writes; empty: the message names it. */
  device?: string;
  /** Of topics that name the device, such as `plant/{area}/{id}`. */
  pattern?: string;
  /** Of topics that say whether devices are there, such as `plant/{id}/status`. */
  availability?: string;
  /** Interval at which each device is expected, seconds; empty: none. */
  interval?: string | number;
  /** What the device is declared as; empty: nothing is said. */
  deviceName?: string;
  deviceType?: string;
  unit?: string;
  /** Takes messages that a broker kept (`msg.retain`) like fresh ones. */
  takeRetained?: boolean;
  /** Keeps words such as `unknown` as text. */
  keepWords?: boolean;
  /** Takes messages that web requests, websockets and dashboards have caused, whoever sent them. */
  trustOutside?: boolean;
}

/** The node's settings, once they have been read. */
interface Settings {
  readonly ids: IdSource;
  readonly availability: TopicPattern | undefined;
  readonly expects: { readonly by: string; readonly interval: number | null };
}

export default function register(RED: NodeAPI): void {
  serveInterval(RED);

  RED.nodes.registerType('factory-device', function (this: Node, def: DeviceDef) {
    RED.nodes.createNode(this, def);
    let settings: Settings | undefined;
    /** The devices that this node has written, of which a last will without a name speaks. */
    const own = new Set<string>(def.device ? [def.device] : []);
    const doubts = new Doubts(systemClock, (text) => this.warn(text));

    const open = async (): Promise<Settings & { plant: Plant }> => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      settings ??= parseSettings(this.id, def);
      await plant.ready;
      return { plant, ...settings };
    };

    /** Of the plant as it is when the dialog asks. */
    learnt.set(this.id, () => {
      const { devices } = configNode(RED, def.plant, 'factory-plant').plant;
      return Array.from(own, (id) => devices.learntInterval(id)).filter((ms) => ms !== undefined);
    });
    const silent = new SilentDevices(RED, this);
    let leave = (): void => {};
    let isClosed = false;
    onClose(this, () => {
      isClosed = true;
      learnt.delete(this.id);
      leave();
    });

    whenStarted(RED, this, async () => {
      if (!def.trustOutside) warnOfUnmarkedDashboards(RED, this);
      const { plant, expects } = await open();
      if (isClosed) return;
      leave = silent.watch(plant.devices, own, () => setStatus(this, 'idle', ''));
      if (!def.device) return;
      const { device, deviceName = '', deviceType = '', unit = '' } = def;
      declare(plant.devices, { id: device, name: deviceName, type: deviceType, unit }, expects);
    });

    onInput(this, async (message, send) => {
      const permit = (target?: Target): void => {
        const verdict = authoriseMessage(message, { trustDashboards: false, access }, 'write', target);
        if (!verdict.allowed && !def.trustOutside) throw new FactoryError(verdict.code, verdict.reason);
      };
      permit();
      const { plant, ids, availability, expects } = await open();
      const { devices } = plant;
      const present = availability && readAvailability(devices, availability, own, message);
      const delivery = present ? { payload: present, retain: message['retain'] } : message;
      const receipt = ingest(devices, ids, delivery, {
        permit: (device) => permit({ device, area: devices.get(device)?.attributes?.['area'] }),
        takeRetained: def.takeRetained === true,
        keepWords: def.keepWords === true,
        expects,
        source: this.id,
        onDoubt: (cause, device) => doubts.add(cause, device),
      });
      for (const { id } of receipt.stored) own.add(id);
      for (const id of receipt.removed) own.delete(id);
      if (!silent.show()) setStatus(this, 'ok', shown(receipt));
      const step = stepOf(RED, this, message);
      const cause = causeWith(message, def.device ? { ...step, kind: 'device', id: def.device } : step);
      send({ ...message, payload: receipt, factory: { ...message.factory, cause } });
      const error = complaint(receipt);
      if (error) throw error;
    });
  });
}

function parseSettings(by: string, def: DeviceDef): Settings {
  const { device, pattern, availability, interval = '' } = def;
  return {
    ids: { device: device || undefined, pattern: pattern ? parseTopicPattern(pattern) : undefined },
    availability: availability ? parseTopicPattern(availability, { needsId: false }) : undefined,
    expects: { by, interval: parseInterval(interval) },
  };
}
