import type { NodeAPI, NodeDef } from 'node-red';
import type { Screen, Surroundings } from '../lib/api/config.ts';
import { joinPath } from '../lib/live/settings.ts';

/** Where people find this Node-RED: its editor, and the dashboards that have a page in the flows. */
export function screensOf(RED: NodeAPI, root: string): Pick<Surroundings, 'editor' | 'dashboards'> {
  const { httpAdminRoot, ui } = RED.settings as { httpAdminRoot?: string | false; ui?: { path?: unknown } };
  const dashboards = new Map<string, Screen['dashboard']>();
  RED.nodes.eachNode((node) => {
    const { type, path } = node as NodeDef & { path?: unknown };
    if (type === 'ui_tab') {
      dashboards.set(joinPath(root, typeof ui?.path === 'string' ? ui.path : 'ui'), 1);
    } else if (type === 'ui-base' && typeof path === 'string') {
      dashboards.set(joinPath(root, path), 2);
    }
  });
  return {
    editor: httpAdminRoot === false ? undefined : joinPath(httpAdminRoot ?? '/') || '/',
    dashboards: Array.from(dashboards, ([path, dashboard]) => ({ dashboard, path })),
  };
}
