/** What is added to the bundled flows, and how deploys change them. */
import type { FlowNode } from '../../test/integration/harness.ts';

const DEVICES = 100;
/** Values in each tenth of a second. */
const EACH = 10;

const TAB = 'soak-tab';
const VALUES = 'soak-values';

/** Devices whose values change, and one each second that comes and goes again. */
const FUNCTION = `
const tick = context.get('tick') ?? 0;
context.set('tick', tick + 1);
const messages = [];
for (let index = 0; index < ${EACH}; index++) {
    const id = 'soak-' + (tick * ${EACH} + index) % ${DEVICES};
    messages.push({ payload: { id, type: 'temperature', unit: '°C', value: Math.round(Math.random() * 1000) / 10 } });
}
if (tick % 10 === 0) {
    const id = 'passing-' + Date.now();
    const before = context.get('passing');
    context.set('passing', id);
    messages.push({ payload: { id, value: tick } });
    if (before) messages.push({ payload: { id: before, remove: true } });
}
return [messages];
`;

const LOAD: readonly FlowNode[] = [
  { id: TAB, type: 'tab', label: 'Soak' },
  {
    id: 'soak-clock',
    type: 'inject',
    z: TAB,
    props: [],
    repeat: '0.1',
    once: true,
    onceDelay: 0.1,
    wires: [[VALUES]],
  },
  { id: VALUES, type: 'function', z: TAB, func: FUNCTION, outputs: 1, wires: [['soak-devices']] },
  { id: 'soak-devices', type: 'factory-device', z: TAB, plant: 'factory-iot-plant', device: '', wires: [[]] },
];

export function withLoad(flows: FlowNode[]): FlowNode[] {
  return [...flows, ...LOAD];
}

/** What of ours a deploy makes anew, in turns; a configuration node takes all with it that use it. */
const RENEWED = [
  'factory-push',
  'factory-changes',
  'factory-server',
  'factory-relay',
  'factory-stats',
  'factory-board',
  'factory-clients',
  'factory-api',
  'factory-plant',
  'factory-device',
  'factory-access',
  'factory-guard',
] as const;

/** The flows with another name for all nodes of one type, so that a deploy of what was modified starts them anew. */
export function renewed(flows: FlowNode[], round: number): FlowNode[] {
  const type = RENEWED[round % RENEWED.length];
  return flows.map((node) => (node.type === type ? { ...node, name: `round ${round}` } : node));
}
