import type { FlowNode } from './bundled-flows.ts';

/** The lines that `npm start` ends with: where everything is that the flows have now. */
export function summary(url: string, data: string, flows: readonly FlowNode[]): string[] {
  const active = activeNodes(flows);
  const lines = [`  Overview   ${url}`];
  if (ofType(flows, 'ui_tab').length > 0) lines.push(`  Dashboard  ${url}/ui (node-red-dashboard)`);
  for (const { path } of ofType(flows, 'ui-base'))
    lines.push(`  Dashboard  ${url}${String(path)} (Dashboard 2)`);
  lines.push(`  Editor     ${url}/editor`);
  for (const { base } of ofType(active, 'factory-api'))
    lines.push(`  HTTP API   ${url}${String(base)}/health`);
  for (const { path } of ofType(active, 'factory-server'))
    lines.push(`  Socket.IO  ${url}, path ${String(path)}`);
  lines.push(`  Data       ${data}`);
  const boards = ofType(active, 'factory-board');
  if (boards.length > 0 && boards.every(({ driver }) => driver === 'simulated'))
    lines.push('The relay board is simulated: no real relay is switched.');
  lines.push('Ctrl-C stops it.');
  return lines;
}

function ofType(flows: readonly FlowNode[], type: string): FlowNode[] {
  return flows.filter((node) => node.type === type);
}

/** Nodes that are not disabled, by themselves or with their tab. */
export function activeNodes(flows: readonly FlowNode[]): FlowNode[] {
  const tabs = new Set(
    flows.filter((node) => node.type === 'tab' && node['disabled'] === true).map(({ id }) => id),
  );
  return flows.filter((node) => node['d'] !== true && !tabs.has(String(node['z'])));
}
