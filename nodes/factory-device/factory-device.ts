import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { Target } from '../../lib/access/role.ts';
import { authoriseMessage } from '../../lib/access/wire.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { declare } from '../../lib/devices/declare.ts';
import { complaint, ingest } from '../../lib/devices/ingest.ts';
import type { IdSource } from '../../lib/devices/ingest.ts';
import { shown } from '../../lib/devices/shown.ts';
import { parseTopicPattern } from '../../lib/devices/topic-pattern.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { access } from '../access.ts';
import { causeWith, stepOf } from '../cause.ts';
import { configNode, onInput, setStatus, warnOfUnmarkedDashboards, whenStarted } from '../common.ts';

interface DeviceDef extends NodeDef {
  plant: string;
  /** The id of the one device that this node writes; empty: the message names it. */
  device?: string;
  /** Of topics that name the device, such as `plant/{area}/{id}`. */
  pattern?: string;
  /** What the device is declared as; empty: nothing is said. */
  deviceName?: string;
  deviceType?: string;
  unit?: string;
  /** Takes messages that web requests, websockets and dashboards have caused, whoever sent them. */
  trustOutside?: boolean;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-device', function (this: Node, def: DeviceDef) {
    RED.nodes.createNode(this, def);
    let ids: IdSource | undefined;

    const open = async (): Promise<{ plant: Plant; ids: IdSource }> => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      ids ??= {
        device: def.device || undefined,
        pattern: def.pattern ? parseTopicPattern(def.pattern) : undefined,
      };
      await plant.ready;
      return { plant, ids };
    };

    whenStarted(RED, this, async () => {
      if (!def.trustOutside) warnOfUnmarkedDashboards(RED, this);
      const { plant } = await open();
      if (!def.device) return;
      const { device, deviceName = '', deviceType = '', unit = '' } = def;
      declare(plant.devices, { id: device, name: deviceName, type: deviceType, unit });
    });

    onInput(this, async (message, send) => {
      const permit = (target?: Target): void => {
        const verdict = authoriseMessage(message, { trustDashboards: false, access }, 'write', target);
        if (!verdict.allowed && !def.trustOutside) throw new FactoryError(verdict.code, verdict.reason);
      };
      permit();
      const opened = await open();
      const { devices } = opened.plant;
      const receipt = ingest(devices, opened.ids, message, (device) =>
        permit({ device, area: devices.get(device)?.attributes?.['area'] }),
      );
      setStatus(this, 'ok', shown(receipt));
      const step = stepOf(RED, this, message);
      const cause = causeWith(message, def.device ? { ...step, kind: 'device', id: def.device } : step);
      send({ ...message, payload: receipt, factory: { ...message.factory, cause } });
      const error = complaint(receipt);
      if (error) throw error;
    });
  });
}
