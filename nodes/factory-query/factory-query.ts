import type { Node, NodeAPI, NodeDef } from 'node-red';
import { copyOf } from '../../lib/devices/device.ts';
import { parseFilter } from '../../lib/devices/filter.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { Seal } from '../../lib/store/chain.ts';
import { configNode, onInput, setStatus } from '../common.ts';

interface QueryDef extends NodeDef {
  plant: string;
  /** What to read where the message does not say. */
  subject: 'devices' | 'relays' | 'audit';
  /** One array, or one message a record with `msg.parts`. */
  output: 'array' | 'parts';
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-query', function (this: Node, def: QueryDef) {
    RED.nodes.createNode(this, def);
    onInput(this, async (message, send) => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      await plant.ready;
      const { payload } = message;
      const verify = def.subject === 'audit' ? verifyOf(payload) : undefined;
      if (verify) {
        const found = await plant.audit.verify(verify.expected);
        if (found.ok) setStatus(this, 'ok', String(found.entries));
        else setStatus(this, 'error', 'factory-query.status.broken');
        send({ ...message, payload: found });
        return;
      }
      const { records, head } = await read(plant, def.subject, payload);
      setStatus(this, 'ok', String(records.length));
      const told = head ? { ...message, factory: { ...message.factory, head } } : message;
      if (def.output === 'array') {
        send({ ...told, payload: records.map(({ record }) => record) });
        return;
      }
      const id = RED.util.generateId();
      records.forEach(({ name, record }, index) => {
        const parts = { id, index, count: records.length };
        send({ ...told, topic: `${def.subject}/${name}`, payload: record, parts });
      });
    });
  });
}

interface Found {
  /** Each with what its topic ends in. */
  readonly records: readonly { readonly name: string; readonly record: object }[];
  /** Of the log. */
  readonly head?: Seal;
}

/** Copies: what comes after this node may change them. */
async function read(plant: Plant, subject: QueryDef['subject'], payload: unknown): Promise<Found> {
  if (subject === 'audit') {
    const { entries, head } = await plant.audit.read(payload);
    return { records: entries.map((record) => ({ name: String(record['kind']), record })), head };
  }
  const records =
    subject === 'relays'
      ? plant.relays.list().map((relay) => ({ ...relay }))
      : plant.devices.list(parseFilter(payload)).map(copyOf);
  return { records: records.map((record) => ({ name: record.id, record })) };
}

/** `{verify}`: true, or what is expected; undefined where the payload is a filter. */
function verifyOf(payload: unknown): { readonly expected: unknown } | undefined {
  if (typeof payload !== 'object' || payload === null || !('verify' in payload)) return undefined;
  return { expected: payload.verify };
}
