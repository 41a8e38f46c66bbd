/** Real Node-REDs with what is measured in them, and without any other package. */
import { coreFlow } from '../../test/integration/core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed } from '../../test/integration/harness.ts';
import type { PlantNode } from '../../nodes/common.ts';

/** Both are installed where tests run, and one of them opens a socket of its own as soon as it is there. */
const DASHBOARDS = ['node-red-dashboard', '@flowfuse/node-red-dashboard'] as const;
export type Dashboard = (typeof DASHBOARDS)[number];

export interface NodeRedOptions {
  /** Whether our package is installed. */
  readonly ours?: boolean;
  /** Which dashboard is there; left out: none. */
  readonly dashboard?: Dashboard;
  readonly flow: readonly FlowNode[];
}

export async function nodeRedWith({ ours = false, dashboard, flow }: NodeRedOptions): Promise<NodeRed> {
  const denyList = DASHBOARDS.filter((name) => name !== dashboard);
  const red = await startNodeRed({
    installed: ours,
    settings: { externalModules: { palette: { denyList } } },
  });
  await red.deploy(flow);
  return red;
}

/** The bundled flow without the demo that moves by itself, for as many clients as there may be. */
export function quietCore(): FlowNode[] {
  return coreFlow()
    .filter(({ type }) => type !== 'inject')
    .map((node) =>
      node.type === 'factory-server' ? { ...node, maxClients: 10_000, maxPerAddress: 10_000 } : node,
    );
}

export const PLANT = 'factory-iot-plant';

/** The plant of {@link quietCore}, once it is ready. */
export async function plantOf(red: NodeRed): Promise<PlantNode['plant']> {
  const { plant } = nodeOf(red, PLANT) as unknown as PlantNode;
  await plant.ready;
  return plant;
}

export interface Receiver {
  receive(message: object): void;
}

export function nodeOf(red: NodeRed, id: string): Receiver {
  const { nodes } = red.RED as unknown as { nodes: { getNode(id: string): Receiver } };
  return nodes.getNode(id);
}

/** A flow that hands what is posted to `/change` to one node, and answers. */
export function postedTo(id: string): FlowNode[] {
  const z = 'bench-tab';
  return [
    { id: z, type: 'tab', label: 'bench' },
    { id: 'bench-in', type: 'http in', z, url: '/change', method: 'post', wires: [[id, 'bench-out']] },
    { id: 'bench-out', type: 'http response', z, wires: [] },
  ];
}

export function websocketOut(): FlowNode[] {
  return [
    ...postedTo('bench-ws'),
    { id: 'bench-listener', type: 'websocket-listener', path: '/bench', wholemsg: 'false' },
    { id: 'bench-ws', type: 'websocket out', z: 'bench-tab', server: 'bench-listener', wires: [] },
  ];
}

export function dashboardOne(): FlowNode[] {
  return [
    ...postedTo('bench-widget'),
    { id: 'bench-page', type: 'ui_tab', name: 'bench' },
    { id: 'bench-group', type: 'ui_group', name: 'bench', tab: 'bench-page', width: '6', disp: false },
    {
      id: 'bench-widget',
      type: 'ui_template',
      z: 'bench-tab',
      group: 'bench-group',
      format: '{{msg.payload.value}}',
      storeOutMessages: false,
      fwdInMessages: false,
      resendOnRefresh: true,
      templateScope: 'local',
      wires: [[]],
    },
  ];
}

export function dashboardTwo(): FlowNode[] {
  const shown = { visible: 'true', disabled: 'false' };
  return [
    ...postedTo('bench-widget'),
    { id: 'bench-base', type: 'ui-base', name: 'bench', path: '/dashboard', includeClientData: true },
    { id: 'bench-theme', type: 'ui-theme', name: 'bench', colors: {}, sizes: {} },
    {
      id: 'bench-page',
      type: 'ui-page',
      name: 'bench',
      ui: 'bench-base',
      path: '/bench',
      layout: 'grid',
      theme: 'bench-theme',
      order: 1,
      ...shown,
    },
    {
      id: 'bench-group',
      type: 'ui-group',
      name: 'bench',
      page: 'bench-page',
      width: '6',
      order: 1,
      ...shown,
    },
    {
      id: 'bench-widget',
      type: 'ui-template',
      z: 'bench-tab',
      group: 'bench-group',
      format: '<template>{{msg.payload.value}}</template>',
      storeOutMessages: false,
      passthru: false,
      resendOnRefresh: true,
      templateScope: 'local',
      wires: [[]],
    },
  ];
}
