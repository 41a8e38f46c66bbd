import type { Node, NodeAPI, NodeDef } from 'node-red';
import { SCRIPTS_PATH } from '../../lib/api/path.ts';
import { SignIn } from '../../lib/api/sign-in.ts';
import { parsePolicy } from '../../lib/access/policy.ts';
import { changesOf, type AccessDef } from '../../lib/access/settings.ts';
import { applySettings } from '../../lib/access/stored.ts';
import { REVIEW_MS, type AccessSettings } from '../../lib/access/access.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { access, auditIn } from '../access.ts';
import { configNode, inBackground, onClose, whenStarted } from '../common.ts';
import { keptSecrets } from '../kept-secrets.ts';
import { accessNode, followStoredFlows, takeCharge } from '../stored-access.ts';
import { guardDashboards } from './dashboards.ts';
import { serveSecrets } from './secrets.ts';
import { serveTickets } from './tickets.ts';

interface Def extends NodeDef, AccessDef {
  /** Where sessions are kept and the audit is written. */
  plant?: string;
}

export default function register(RED: NodeAPI): void {
  /** What was set when the audit was last told of it. */
  let told: AccessSettings | undefined;

  const signIn = new SignIn({
    access,
    policy: () => ({ ...parsePolicy([], process.env), access }),
    clock: systemClock,
    onRefused: (refused) => {
      const line = access.report.refused({ ...refused, via: 'http', what: 'session' });
      if (line !== undefined) RED.log.warn(line);
    },
    onError: (error) => RED.log.error(error),
  });
  RED.httpNode.use(`${SCRIPTS_PATH}/session`, signIn.session);
  RED.httpNode.use(`${SCRIPTS_PATH}/ticket`, signIn.ticket);
  serveSecrets(RED);
  serveTickets(RED);
  guardDashboards(RED);
  followStoredFlows(RED);

  RED.nodes.registerType(
    'factory-access',
    function (this: Node<{ secrets: unknown }>, def: Def) {
      RED.nodes.createNode(this, def);
      inBackground(this, () => {
        if (accessNode() !== undefined) {
          throw new FactoryError('config', 'there is another access node already', {
            remedy: 'One guards a whole Node-RED: put all people into it, and delete this one',
          });
        }
        takeCharge(this.id);
        const stopReviews = systemClock.every(REVIEW_MS, () => access.review());
        onClose(this, () => {
          stopReviews();
          // Its settings count until the flows say otherwise.
          takeCharge(undefined);
        });
        const secrets = keptSecrets(RED, this.credentials);
        const settings = applySettings(access, def, secrets);
        // As hashes from the next save on: they then depend on no setting but Node-RED's own secret.
        if (secrets !== undefined && secrets !== this.credentials?.secrets)
          void RED.nodes.addCredentials(this.id, { secrets });
        access.awaitSessions(Boolean(def.plant));
        whenStarted(RED, this, () => inPlant(this, def, settings).finally(() => access.awaitSessions(false)));
      });
    },
    { credentials: { secrets: { type: 'password' } } },
  );

  /** Sessions and audit are kept by the plant, which has opened its file by then. */
  async function inPlant(node: Node, { plant: id }: Def, settings: AccessSettings): Promise<void> {
    const nobody = settings.entries.filter(({ secret }) => secret === undefined).map(({ name }) => name);
    if (nobody.length > 0)
      node.warn(`without a password or token, so nobody comes in as: ${nobody.join(', ')}`);
    const changes = changesOf(told, settings);
    // At the start of a process nothing has changed.
    const isNews = told !== undefined;
    told = settings;
    const plant = id ? configNode(RED, id, 'factory-plant').plant : undefined;
    // A deploy may have made another one of it: what is told must not go to the one before.
    auditIn(plant);
    await plant?.ready;
    if (isNews) {
      for (const what of changes) {
        access.report.write({ kind: 'token', by: null, from: 'deploy', via: 'editor', what, result: 'done' });
      }
    }
    if (plant && accessNode() === node.id) access.keepIn(plant.sessions);
  }
}
