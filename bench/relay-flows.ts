/** The flows of bench/relay.ts. */
import type { FlowNode } from '../test/integration/harness.ts';

/** The lines: of the plants with and without a file, of the bare driver, and of the relays in the storm. */
export const [WITH_LOG, IN_MEMORY, BARE, OTHERS] = [1, 2, 3, [11, 12, 13, 14]] as const;

/** The plants, boards and wires that are measured. `output`: where the file node writes; `file`: where the plant's log is. */
export function flows({ output, file }: { output: string; file: string }): FlowNode[] {
  // No id may be a word that a setting can be: Node-RED takes it for a reference.
  const z = 'bench-tab';
  const rules = {};
  const inject = (way: string, to: string): FlowNode => ({
    id: `in-${way}`,
    type: 'inject',
    z,
    props: [{ p: 'payload' }],
    payload: 'toggle',
    payloadType: 'str',
    wires: [[to]],
  });
  const out = (way: string): FlowNode => ({ id: `out-${way}`, type: 'junction', z, wires: [[]] });
  const relays = (storage: 'sqlite' | 'memory', line: number, more: object[] = []): FlowNode[] => [
    {
      id: `plant-${storage}`,
      type: 'factory-plant',
      name: storage,
      storage,
      file: storage === 'sqlite' ? file : '',
    },
    {
      id: `board-${storage}`,
      type: 'factory-board',
      name: '',
      plant: `plant-${storage}`,
      driver: 'simulated',
      channels: [{ id: storage, line, rules }, ...more],
    },
    inject(storage, `relay-${storage}`),
    // The second output has the results.
    {
      id: `relay-${storage}`,
      type: 'factory-relay',
      z,
      plant: `plant-${storage}`,
      relay: storage,
      wires: [[], [`out-${storage}`]],
    },
    out(storage),
  ];
  return [
    { id: z, type: 'tab' },
    ...relays(
      'sqlite',
      WITH_LOG,
      OTHERS.map((line, index) => ({ id: `other${index}`, line, rules })),
    ),
    ...relays('memory', IN_MEMORY),
    {
      id: 'relay-others',
      type: 'factory-relay',
      z,
      plant: 'plant-sqlite',
      relay: '',
      byTopic: true,
      wires: [[], []],
    },
    {
      id: 'bench-server',
      type: 'factory-server',
      name: '',
      path: '/socket.io',
      origins: '',
      maxClients: 500,
    },
    {
      id: 'changes',
      type: 'factory-changes',
      z,
      plant: 'plant-sqlite',
      subject: 'both',
      pattern: '',
      wires: [['push']],
    },
    { id: 'push', type: 'factory-push', z, server: 'bench-server', wires: [] },
    inject('bare', 'bench-function'),
    {
      id: 'bench-function',
      type: 'function',
      z,
      func: `const on = !context.get('on'); context.set('on', on); await global.get('write')(on); return msg;`,
      outputs: 1,
      wires: [['out-bare']],
    },
    out('bare'),
    inject('file', 'bench-file'),
    {
      id: 'bench-file',
      type: 'file',
      z,
      filename: output,
      filenameType: 'str',
      overwriteFile: 'true',
      wires: [['out-file']],
    },
    out('file'),
  ];
}
