import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { AccessPolicy } from '../../lib/access/authorise.ts';
import { problemOf } from '../../lib/api/answer.ts';
import type { Answer } from '../../lib/api/answer.ts';
import { Guard } from '../../lib/api/guard.ts';
import type { Activation, Deactivate } from '../../lib/api/guard.ts';
import { basePath } from '../../lib/api/path.ts';
import { requestOf, serve } from '../../lib/api/serve.ts';
import type { Desk } from '../../lib/api/serve.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { asError, FactoryError } from '../../lib/base/errors.ts';
import { loopLag } from '../../lib/base/loop-lag.ts';
import { access, tellRefused } from '../access.ts';
import { configNode, inBackground, onClose, onInput, setStatus } from '../common.ts';
import { whyNotRunning } from '../flows-state.ts';
import { contextOf } from './context.ts';
import { screensOf } from '../screens.ts';
import { mount } from './mount.ts';
import { Tally } from './tally.ts';
import { toldOf } from './told.ts';
import { visitorOf } from './visitor.ts';

interface ApiDef extends NodeDef {
  plant: string;
  server: string;
  /** The base path below httpNodeRoot, such as `/api`. */
  base: string;
}

export default function register(RED: NodeAPI): void {
  const guard = new Guard(whyNotRunning(RED, 'the plant API is not running'));
  mount(RED.httpNode, guard);
  const told = toldOf(RED);

  RED.nodes.registerType('factory-api', function (this: Node, def: ApiDef) {
    RED.nodes.createNode(this, def);
    const tally = new Tally(this);
    const onRefused: Activation['onRefused'] = (refused) => {
      tally.refused();
      tellRefused(this, { ...refused, via: 'http' });
    };
    let deactivate: Deactivate | undefined;
    onClose(this, (removed) => {
      tally.close();
      deactivate?.();
      if (removed) guard.forget(this.id);
    });

    inBackground(this, () => {
      const base = pathsOf(RED, def).base;
      const onError = (error: unknown): void => this.error(asError(error));
      const onTurn = (conflict?: FactoryError): void => {
        inBackground(this, () => {
          if (conflict) throw conflict;
          configNode(RED, def.server, 'factory-server');
          configNode(RED, def.plant, 'factory-plant');
          setStatus(this, 'idle', 'factory-api.status.ready');
        });
      };
      const { id: owner } = this;
      const policy = policyOf(RED, def);
      const lag = loopLag.start();
      deactivate = guard.activate({
        owner,
        base,
        policy,
        clock: systemClock,
        lag,
        onRefused,
        onError,
        onTurn,
      });
    });

    const deskOf = (): Desk => {
      const { root, base } = pathsOf(RED, def);
      const { live, policy, path } = configNode(RED, def.server, 'factory-server');
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      const surroundings = { api: base, socket: path, nodeRed: versionOf(RED), ...screensOf(RED, root) };
      const context: Desk['context'] = async () => {
        await told.wait(plant);
        return contextOf(plant, live, surroundings);
      };
      const refused: Desk['onRefused'] = (one) => onRefused({ ...one, what: 'GET /' });
      return { guard, root, policy, surroundings, onRefused: refused, context };
    };

    onInput(this, async (message, send) => {
      const request = requestOf(message);
      const reply = ({ status, body, headers }: Answer): void =>
        send({ ...message, payload: body, statusCode: status, headers: { ...headers } });
      try {
        const visitor = visitorOf(request, guard.admitted(request));
        if (visitor) configNode(RED, def.server, 'factory-server').live.rehearsal.visited(visitor);
        const answer = await serve(deskOf(), request, message.payload);
        reply(answer);
        if (answer.cause !== undefined) this.error(asError(answer.cause));
        if (answer.status !== 401 && answer.status !== 403) tally.answered();
      } catch (error) {
        reply(problemOf(error));
        throw error;
      }
    });
  });
}

/** Where no server is chosen nothing says who is trusted, and the base path stays guarded all the same. */
function policyOf(RED: NodeAPI, { server }: ApiDef): AccessPolicy {
  try {
    return configNode(RED, server, 'factory-server').policy;
  } catch {
    return { origins: [], open: false, access };
  }
}

/** Where flows are served, and the base path below that. Throws `config`. */
function pathsOf(RED: NodeAPI, { base }: ApiDef): { root: string; base: string } {
  if (RED.settings.httpNodeRoot === false) {
    throw new FactoryError('config', 'httpNodeRoot is false, so Node-RED serves nothing of its flows', {
      remedy: 'Set httpNodeRoot in settings.js, for example to "/"',
    });
  }
  const root = RED.httpNode.path().replace(/\/+$/, '');
  return { root, base: root + basePath(base) };
}

/** Node-RED puts its version among the settings, which its types do not name. */
function versionOf({ settings }: NodeAPI): string {
  return (settings as { version?: string }).version ?? 'unknown';
}
