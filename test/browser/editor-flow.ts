/** The flow in which the editor's tests open dialogs. */
import { coreFlow } from '../integration/core-flow.ts';
import type { FlowNode } from '../integration/harness.ts';

/** The core flow, and nodes that it has no use for. */
export const FLOW: readonly FlowNode[] = [
  ...coreFlow(),
  {
    id: 'remote-board',
    type: 'factory-board',
    name: 'Remote',
    plant: 'factory-iot-plant',
    driver: 'message',
    readBack: 'none',
    channels: [],
  },
  {
    id: 'remote-io',
    type: 'factory-io',
    z: 'factory-iot-tab',
    name: '',
    board: 'remote-board',
    send: 'each',
    notation: 'boolean',
    onWord: '',
    onWordType: 'str',
    offWord: '',
    offWordType: 'str',
    writeTopic: '',
    readTopic: '',
    topics: [],
    first: 0,
    buffer: 'bytes',
    asks: true,
    question: '',
    takeRetained: false,
    skipEchoes: true,
    x: 140,
    y: 2000,
    wires: [[], []],
  },
  {
    id: 'own-guard',
    type: 'factory-guard',
    z: 'factory-iot-tab',
    name: '',
    deed: 'switch',
    relay: '',
    area: '',
    anyBody: false,
    trustDashboards: false,
    x: 140,
    y: 2060,
    wires: [[], []],
  },
];
/** A key of a catalogue where its words should be. */
export const UNTRANSLATED = /(?:^|\s)(?:factory-[a-z]+|common)\.[\w-]/;

/** The core flow has a node of each type. */
export function nodeOf(type: string): FlowNode {
  const node = FLOW.find((candidate) => candidate.type === type);
  if (!node) throw new Error(`the flow has no ${type}`);
  return node;
}

export function isConfig(type: string): boolean {
  return nodeOf(type)['z'] === undefined;
}
