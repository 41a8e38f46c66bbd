/** The plant of the access tests: one relay and one device of one area, and every way to them. */
import type { FlowNode } from '../integration/harness.ts';

export const AREA = 'hall';
export const RELAY = 'pump';
export const DEVICE = 'tank';
/** What the dashboards' switches and guards were answered is seen at these. */
export const SEEN = { 1: ['d1-result', 'd1-bound'], 2: ['d2-result', 'd2-bound'] } as const;

const tab = (z: string, nodes: readonly FlowNode[]): FlowNode[] => [
  { id: z, type: 'tab', label: z },
  ...nodes.map((node) => ({ ...node, z, x: 0, y: 0 })),
];
const httpIn = (id: string, method: string, url: string, to: string): FlowNode => ({
  id,
  type: 'http in',
  method,
  url,
  wires: [[to]],
});
const relay = (id: string, to: string): FlowNode => ({
  id,
  type: 'factory-relay',
  plant: 'plant',
  relay: RELAY,
  // What is configured counts; without it a dashboard would be let through.
  trustDashboards: true,
  wires: [[], [to]],
});
const guard = (id: string, deed: string, wires: string[][], target: object = {}): FlowNode => ({
  id,
  type: 'factory-guard',
  deed,
  ...target,
  wires,
});

/** `access` is the settings of the access node; undefined: there is none. */
export function accessFlow(access: object | undefined, storage: 'memory' | 'sqlite' = 'memory'): FlowNode[] {
  return [
    { id: 'plant', type: 'factory-plant', name: 'Plant', storage, file: '' },
    {
      id: 'board',
      type: 'factory-board',
      plant: 'plant',
      driver: 'simulated',
      channels: [{ id: RELAY, name: 'Pump', line: 17, activeLow: false, start: 'off', area: AREA }],
    },
    ...(access ? [{ id: 'access', type: 'factory-access', plant: 'plant', ...access }] : []),
    { id: 'server', type: 'factory-server', path: '/socket.io', origins: '' },
    ...tab('core', [
      { id: 'changes', type: 'factory-changes', plant: 'plant', subject: 'both', wires: [['push']] },
      { id: 'push', type: 'factory-push', server: 'server', wires: [] },
      { id: 'clients', type: 'factory-clients', server: 'server', wires: [['by-topic'], []] },
      { ...relay('by-topic', 'push'), relay: '', byTopic: true, trustDashboards: false },
      { id: 'tank', type: 'factory-device', plant: 'plant', device: DEVICE, wires: [[]] },
      {
        id: 'begin',
        type: 'inject',
        props: [{ p: 'payload' }],
        payload: JSON.stringify({ value: 0, attributes: { area: AREA } }),
        payloadType: 'json',
        once: true,
        onceDelay: 0.01,
        wires: [['tank']],
      },
      ...['devices', 'relays', 'audit'].map((path) => httpIn(`get-${path}`, 'get', `/api/${path}`, 'api')),
      httpIn('post-value', 'post', '/api/devices/:id/value', 'api'),
      httpIn('post-relay', 'post', '/api/relays/:id', 'api'),
      httpIn('get-changes', 'get', '/api/v2/changes', 'api'),
      httpIn('post-command', 'post', '/api/v2/command', 'api'),
      { id: 'api', type: 'factory-api', plant: 'plant', server: 'server', base: '/api', wires: [['out']] },
      { id: 'out', type: 'http response', wires: [] },
    ]),
    ...tab('own', [
      httpIn('own-in', 'post', '/own', 'own-guard'),
      guard('own-guard', 'switch', [['own-done'], []], { relay: RELAY, area: AREA }),
      {
        id: 'own-done',
        type: 'change',
        rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '{"ok":true}', tot: 'json' }],
        wires: [['out']],
      },
      ...['read', 'write'].flatMap((deed) => [
        httpIn(`wire-${deed}`, 'post', `/wire/${deed}`, `wire-guard-${deed}`),
        guard(`wire-guard-${deed}`, deed, [[`wire-relay-${deed}`], []]),
        relay(`wire-relay-${deed}`, 'out'),
      ]),
    ]),
    ...dashboard1(),
    ...dashboard2(),
  ];
}

function dashboard1(): FlowNode[] {
  return [
    { id: 'd1-page', type: 'ui_tab', name: 'Plant', icon: 'dashboard', order: 1 },
    { id: 'd1-group', type: 'ui_group', name: 'Relays', tab: 'd1-page', order: 1, disp: true, width: '6' },
    ...tab('d1', [
      {
        id: 'd1-switch',
        type: 'ui_switch',
        group: 'd1-group',
        decouple: 'true',
        topic: RELAY,
        topicType: 'str',
        ...ON_OFF,
        wires: [['d1-relay']],
      },
      relay('d1-relay', 'd1-result'),
      {
        id: 'd1-who',
        type: 'ui_template',
        group: 'd1-group',
        format: '<i></i>',
        templateScope: 'local',
        // What is told by it is not to be shown to every other screen.
        storeOutMessages: false,
        wires: [['d1-guard']],
      },
      guard('d1-guard', 'read', [['d1-bound'], ['d1-bound']]),
      ...ends(1),
    ]),
  ];
}

function dashboard2(): FlowNode[] {
  return [
    {
      id: 'd2-base',
      type: 'ui-base',
      name: 'Plant',
      path: '/dashboard',
      includeClientData: true,
      acceptsClientConfig: ['ui-notification'],
    },
    { id: 'd2-theme', type: 'ui-theme', name: 'Plain', colors: {}, sizes: {} },
    {
      id: 'd2-page',
      type: 'ui-page',
      name: 'Plant',
      ui: 'd2-base',
      path: '/plant',
      layout: 'grid',
      theme: 'd2-theme',
    },
    { id: 'd2-group', type: 'ui-group', name: 'Relays', page: 'd2-page', width: '6', height: '1', order: 1 },
    ...tab('d2', [
      {
        id: 'd2-switch',
        type: 'ui-switch',
        group: 'd2-group',
        decouple: true,
        topic: RELAY,
        topicType: 'str',
        ...ON_OFF,
        wires: [['d2-relay']],
      },
      relay('d2-relay', 'd2-result'),
      {
        id: 'd2-who',
        type: 'ui-template',
        group: 'd2-group',
        format: '<template><i></i></template>',
        templateScope: 'local',
        wires: [['d2-guard']],
      },
      guard('d2-guard', 'read', [['d2-bound'], ['d2-bound']]),
      ...ends(2),
    ]),
  ];
}

const ON_OFF = {
  passthru: false,
  onvalue: 'true',
  onvalueType: 'bool',
  offvalue: 'false',
  offvalueType: 'bool',
};
const ends = (dashboard: 1 | 2): FlowNode[] =>
  SEEN[dashboard].map((id) => ({ id, type: 'change', rules: [], wires: [[]] }));
