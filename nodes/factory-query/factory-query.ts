import type { Node, NodeAPI, NodeDef } from 'node-red';
import { copyOf } from '../../lib/devices/device.ts';
import { parseFilter } from '../../lib/devices/filter.ts';
import { configNode, onInput, setStatus } from '../common.ts';

interface QueryDef extends NodeDef {
  plant: string;
  /** What to read where the message does not say. */
  subject: 'devices' | 'relays';
  /** One array, or one message a record with `msg.parts`. */
  output: 'array' | 'parts';
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-query', function (this: Node, def: QueryDef) {
    RED.nodes.createNode(this, def);
    onInput(this, async (message, send) => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      await plant.ready;
      // Copies: what comes after this node may change them.
      const records =
        def.subject === 'relays'
          ? plant.relays.list().map((relay) => ({ ...relay }))
          : plant.devices.list(parseFilter(message.payload)).map(copyOf);
      setStatus(this, 'ok', String(records.length));
      if (def.output === 'array') {
        send({ ...message, payload: records });
        return;
      }
      const id = RED.util.generateId();
      records.forEach((record, index) => {
        const parts = { id, index, count: records.length };
        send({ ...message, topic: `${def.subject}/${record.id}`, payload: record, parts });
      });
    });
  });
}
