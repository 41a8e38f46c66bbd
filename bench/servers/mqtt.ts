/** The Node-REDs that bench/mqtt.ts compares: messages of a broker become devices, and go out to whoever is connected. */
import type { FlowNode } from '../../test/integration/harness.ts';
import type { MqttKind } from '../mqtt-kinds.ts';
import { nodeRedWith, PLANT, plantOf, quietCore } from './node-red.ts';
import { serve, type Serving } from './serve.ts';

interface Options {
  /** Where the broker listens. */
  readonly broker: number;
  /** Of the topics that this one subscribes to. */
  readonly prefix: string;
  readonly devices: number;
}

const STARTS: Record<MqttKind, (options: Options) => Promise<Serving>> = {
  'mqtt in alone': async (options) => ({
    port: (await nodeRedWith({ flow: subscribed(options, []) })).port,
  }),
  'mqtt in to clients': async (options) => {
    const { prefix, devices: count } = options;
    const writer: FlowNode = {
      id: 'bench-device',
      type: 'factory-device',
      z: 'factory-iot-tab',
      plant: PLANT,
      device: '',
      pattern: `${prefix}/{area}/{id}`,
      wires: [[]],
    };
    // The demo's own devices would be too many.
    const core = quietCore().filter(({ type }) => type !== 'factory-device');
    const flow = [...core, writer, ...subscribed(options, ['bench-device'])];
    const red = await nodeRedWith({ ours: true, flow });
    const { devices } = await plantOf(red);
    for (let index = 0; index < count; index++) {
      const naming = { name: `Machine ${index}`, type: 'temperature', unit: '°C' };
      devices.write({ id: `m${index}`, ...naming, value: 0, attributes: { area: 'hall' } });
    }
    return { port: red.port };
  },
};

await serve(STARTS);

function subscribed({ broker, prefix }: Options, to: readonly string[]): FlowNode[] {
  return [
    { id: 'bench-tab', type: 'tab', label: 'bench' },
    {
      id: 'bench-broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(broker),
      autoConnect: true,
      keepalive: 60,
    },
    {
      id: 'bench-in',
      type: 'mqtt in',
      z: 'bench-tab',
      topic: `${prefix}/#`,
      qos: '0',
      datatype: 'json',
      broker: 'bench-broker',
      wires: [to],
    },
  ];
}
