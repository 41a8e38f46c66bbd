import type { NodeAPI } from 'node-red';
import { below } from '../../lib/api/path.ts';
import { access } from '../access.ts';
import { onStarted } from '../common.ts';
import { screensOf } from '../screens.ts';
import { Gate, guardServer } from '../gate.ts';

/**
 * Once people have to sign in, nobody gets to a dashboard's page or on its socket who has not: dashboards do not ask. What a
 * screen then moves through nodes of ours is judged there, by who has signed in at it.
 */
export function guardDashboards(RED: NodeAPI): void {
  const root = RED.httpNode.path().replace(/\/+$/, '');
  let paths: readonly string[] = [];
  onStarted(RED, () => {
    paths = screensOf(RED, root).dashboards.map(({ path }) => path);
  });
  const gate = new Gate({
    policy: { origins: [], open: false, access },
    root,
    onlyOnceConfigured: true,
    covers: (path) => (paths.some((one) => below(path, one) !== undefined) ? 'page' : undefined),
    onRefused: (refused) => {
      const line = access.report.refused({ ...refused, via: 'http' });
      if (line !== undefined) RED.log.warn(line);
    },
  });
  guardServer(RED.server, gate);
}
