/** Sensors that send their values to a flow as small devices do: datagrams of JSON, each value for itself. */
import { createSocket } from 'node:dgram';
import type { FlowNode } from '../../test/integration/harness.ts';

const TAB = 'bench-sensors';

/** Takes the datagrams on this port and writes them to the bundled plant. */
export function sensorFlow(port: number): FlowNode[] {
  return [
    { id: TAB, type: 'tab' },
    {
      id: 'bench-in',
      type: 'udp in',
      z: TAB,
      iface: '',
      port: String(port),
      ipv: 'udp4',
      multicast: 'false',
      group: '',
      datatype: 'utf8',
      wires: [['bench-json']],
    },
    { id: 'bench-json', type: 'json', z: TAB, property: 'payload', action: 'obj', wires: [['bench-device']] },
    {
      id: 'bench-device',
      type: 'factory-device',
      z: TAB,
      plant: 'factory-iot-plant',
      device: '',
      pattern: '',
      wires: [[]],
    },
  ];
}

/** Sends `perSecond` values, evenly, of one sensor after another until it is stopped; `withSignal`: each with a new signal strength. */
export function send(port: number, sensors: number, perSecond: number, withSignal = false): () => void {
  const socket = createSocket('udp4');
  let count = 0;
  const timer = setInterval(() => {
    const index = count++ % sensors;
    const value = Math.round(Math.random() * 1000) / 10;
    const record = { id: `sensor${index}`, name: `Sensor ${index}`, type: 'temperature', unit: '°C', value };
    const attributes = { rssi: -40 - (count % 50) };
    socket.send(JSON.stringify(withSignal ? { ...record, attributes } : record), port, '127.0.0.1');
  }, 1000 / perSecond);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}
