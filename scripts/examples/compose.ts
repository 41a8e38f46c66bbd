import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type FlowNode = Readonly<Record<string, unknown>>;

/** What each of these examples has to be, by its path below `root`. */
export function composedExamples(root: string): Record<string, FlowNode[]> {
  const flow = (name: string): FlowNode[] =>
    JSON.parse(readFileSync(join(root, 'flows', `${name}.json`), 'utf8')) as FlowNode[];
  const core = flow('factory');
  return {
    'examples/00 - Factory IoT core flow.json': core,
    'examples/dashboards/Core flow with Dashboard 1.json': withDashboard(core, flow('dashboard-1')),
    'examples/dashboards/Core flow with Dashboard 2.json': withDashboard(core, flow('dashboard-2')),
    'examples/clients/A page of your own.json': page(
      readFileSync(join(root, 'examples/clients/plain.html'), 'utf8'),
    ),
  };
}

/** In a Node-RED of one's own nobody guards the dashboards yet, so they are not trusted. */
function withDashboard(core: readonly FlowNode[], dashboard: readonly FlowNode[]): FlowNode[] {
  const closed = dashboard.map((node) =>
    node['type'] === 'factory-relay' ? { ...node, trustDashboards: false } : node,
  );
  return [...core, ...closed];
}

function page(html: string): FlowNode[] {
  const z = 'factory-iot-page-tab';
  return [
    {
      id: z,
      type: 'tab',
      label: 'A page of your own',
      disabled: false,
      info: 'Serves a page at /panel that is live by the browser client. It needs the core flow. Who opens the page needs no rights for it; what the page then asks for is judged as always.',
    },
    {
      id: 'factory-iot-page-note',
      type: 'comment',
      z,
      name: 'Open /panel. The page is live by the browser client, which is served at /factory-iot/client.js.',
      info: 'Change the page in the template node. It reads and switches by `FactoryIoT.connect()`.',
      x: 380,
      y: 40,
      wires: [],
    },
    {
      id: 'factory-iot-page-in',
      type: 'http in',
      z,
      name: '',
      url: '/panel',
      method: 'get',
      upload: false,
      swaggerDoc: '',
      x: 120,
      y: 80,
      wires: [['factory-iot-page-html']],
    },
    {
      id: 'factory-iot-page-html',
      type: 'template',
      z,
      name: 'the page',
      field: 'payload',
      fieldType: 'msg',
      format: 'html',
      syntax: 'plain',
      template: html,
      output: 'str',
      x: 280,
      y: 80,
      wires: [['factory-iot-page-out']],
    },
    {
      id: 'factory-iot-page-out',
      type: 'http response',
      z,
      name: '',
      statusCode: '',
      headers: { 'content-type': 'text/html; charset=utf-8' },
      x: 430,
      y: 80,
      wires: [],
    },
  ];
}
