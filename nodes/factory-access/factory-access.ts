import type { Node, NodeAPI, NodeDef } from 'node-red';
import { SCRIPTS_PATH } from '../../lib/api/path.ts';
import { SignIn } from '../../lib/api/sign-in.ts';
import { parsePolicy } from '../../lib/access/policy.ts';
import { changesOf, parseAccess, type AccessDef } from '../../lib/access/settings.ts';
import { REVIEW_MS, type AccessSettings } from '../../lib/access/access.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { asError, FactoryError } from '../../lib/base/errors.ts';
import { access, auditIn } from '../access.ts';
import { configNode, inBackground, onClose, onStarted, whenStarted } from '../common.ts';
import { guardDashboards } from './dashboards.ts';
import { serveSecrets } from './secrets.ts';
import { serveTickets } from './tickets.ts';

interface Def extends NodeDef, AccessDef {
  /** Where sessions are kept and the audit is written. */
  plant?: string;
}

/** The node in charge: one for the whole process, as {@link access} is. */
let inCharge: string | undefined;

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
  // Also where the flows have been replaced as a whole, without a word to the node.
  onStarted(RED, () => {
    if (inCharge === undefined) access.forget();
  });

  RED.nodes.registerType(
    'factory-access',
    function (this: Node<{ secrets: unknown }>, def: Def) {
      RED.nodes.createNode(this, def);
      inBackground(this, () => {
        if (inCharge) {
          throw new FactoryError('config', 'there is another access node already', {
            remedy: 'One guards a whole Node-RED: put all people into it, and delete this one',
          });
        }
        inCharge = this.id;
        const stopReviews = systemClock.every(REVIEW_MS, () => access.review());
        onClose(this, (removed) => {
          stopReviews();
          inCharge = undefined;
          // Between two deploys what was set goes on to be so; a node that is gone leaves this machine alone to itself.
          if (removed) access.forget();
        });
        try {
          // JSON: what passwords and tokens are recognised by, by the ids of entries.
          const settings = parseAccess(def, this.credentials?.secrets);
          access.configure(settings);
          whenStarted(RED, this, () => inPlant(this, def, settings));
        } catch (thrown) {
          const error = asError(thrown);
          access.refuseAll(error.message);
          throw thrown;
        }
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
    if (plant && inCharge === node.id) access.keepIn(plant.sessions);
  }
}
