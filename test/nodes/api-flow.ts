import type { FlowNode } from './helper.ts';

/** The core flow's HTTP part: all requests into one API node, and out of it. */
export const httpIn = (id: string, method: string, url: string, to = 'api'): FlowNode => ({
  // Not the bare word: an id that is also the value of a property would count as a reference to that node.
  id: `in-${id}`,
  type: 'http in',
  z: 't',
  url,
  method,
  wires: [[to]],
});
export const API: FlowNode = {
  id: 'api',
  type: 'factory-api',
  z: 't',
  plant: 'p',
  server: 's',
  base: '/api',
  wires: [['out', 'seen']],
};
export const BASIS: FlowNode[] = [
  { id: 't', type: 'tab' },
  { id: 'p', type: 'factory-plant' },
  { id: 's', type: 'factory-server' },
  { id: 'out', type: 'http response', z: 't', statusCode: '', headers: {}, wires: [] },
  { id: 'seen', type: 'helper', z: 't', wires: [] },
  httpIn('home', 'get', '/'),
  httpIn('devices', 'get', '/api/devices'),
  httpIn('device', 'get', '/api/devices/:id'),
  httpIn('value', 'post', '/api/devices/:id/value'),
  httpIn('config', 'get', '/api/config'),
  httpIn('stats', 'get', '/api/system/stats'),
  httpIn('relays', 'get', '/api/relays'),
  httpIn('switch', 'post', '/api/relays/:id'),
];
export const FLOW = [...BASIS, API];
