import type { Node, NodeAPI, NodeDef } from 'node-red';
import { authorise, type Verdict } from '../../lib/access/authorise.ts';
import { peerOf } from '../../lib/access/peer.ts';
import { parsePolicy } from '../../lib/access/policy.ts';
import { stamp } from '../../lib/access/principal.ts';
import { parseGuardedDeed, type Deed, type Target } from '../../lib/access/role.ts';
import { namedScreen } from '../../lib/access/screens.ts';
import { authoriseMessage } from '../../lib/access/wire.ts';
import { problem, STATUS_OF_VERDICT, type Answer } from '../../lib/api/answer.ts';
import { SAFE_HEADERS, sendAnswer } from '../../lib/api/http.ts';
import { refusalByHeaders, refusalOfDepth } from '../../lib/api/read-body.ts';
import type { MessageRequest } from '../../lib/api/serve.ts';
import { access, tellRefused } from '../access.ts';
import { onInput, setStatus, type Message } from '../common.ts';

interface GuardDef extends NodeDef {
  /** What takes place behind this node. */
  deed?: unknown;
  /** What it is done to, so that operators who have only some relays or areas can be judged; empty: anything. */
  relay?: string;
  area?: string;
  /** Takes bodies that are not JSON, too: forms of other pages cannot send JSON without being asked. */
  anyBody?: boolean;
  /** As long as access is not configured. */
  trustDashboards?: boolean;
}

/** What a page of a dashboard says of who is at it; see `introduce()` of the client. */
const SIGN_IN = 'factory-sign-in';
const SIGN_OUT = 'factory-sign-out';

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-guard', function (this: Node, def: GuardDef) {
    RED.nodes.createNode(this, def);
    const { relay = '', area = '', anyBody = false, trustDashboards = false } = def;
    const target: Target | undefined = relay || area ? { ...(relay && { relay }), area } : undefined;

    onInput(this, (message, send) => {
      const deed = parseGuardedDeed(def.deed);
      if (message.topic === SIGN_IN || message.topic === SIGN_OUT) {
        send(greet(this, message) ?? [null, { ...message, payload: null }]);
        return;
      }
      const request = requestOf(message);
      const verdict = request
        ? judge(request, deed, target)
        : authoriseMessage(message, { trustDashboards, access }, deed, target);
      const unfit = request && verdict.allowed ? whyUnfit(request) : undefined;
      if (verdict.allowed && !unfit) {
        const { principal } = verdict;
        setStatus(this, 'ok', principal.name);
        send([
          { ...message, factory: { ...message.factory, by: stamp(principal), from: principal.address } },
          null,
        ]);
        return;
      }
      const answer = verdict.allowed
        ? unfit!
        : problem(STATUS_OF_VERDICT[verdict.code], verdict.code, verdict.reason);
      if (!verdict.allowed) {
        const from = request ? peerOf(request, 'http', access.proxies).address : namedScreen(message);
        const via = request ? 'http' : 'wire';
        tellRefused(this, { ...verdict, address: from, via, what: `${deed} behind ${this.name || this.id}` });
      }
      setStatus(this, 'warn', 'common.error.forbidden');
      if (request?.res)
        sendAnswer(request.res, { ...answer, headers: { ...SAFE_HEADERS, ...answer.headers } });
      send([null, { ...message, payload: answer.body, statusCode: answer.status }]);
    });

    /** Its form may be anything where that is set; its depth may not: nodes that copy or send it would overflow. */
    function whyUnfit(request: MessageRequest): Answer | undefined {
      return (anyBody ? undefined : refusalByHeaders(request)) ?? refusalOfDepth(request);
    }
  });

  function judge(request: MessageRequest, deed: Deed, target: Target | undefined): Verdict {
    const policy = { ...parsePolicy([], process.env), access };
    return authorise(policy, peerOf(request, 'http', access.proxies), deed, target);
  }

  /** Who is at a screen from now on; undefined where nobody can be told to be. */
  function greet(node: Node, message: Message): Message | undefined {
    const screen = access.screens.of(message);
    if (screen === undefined || message['req'] || message._session) return undefined;
    if (message.topic === SIGN_OUT) {
      access.screens.unbind(screen);
      setStatus(node, 'idle', 'factory-guard.status.nobody');
      return { ...message, payload: null };
    }
    const identity = access.bind(screen, message.payload);
    if (!identity) {
      tellRefused(node, {
        address: screen,
        code: 'unauthenticated',
        reason: NO_TICKET,
        via: 'wire',
        what: SIGN_IN,
      });
      return undefined;
    }
    const { name, role } = identity;
    setStatus(node, 'ok', name);
    // A ticket is of no more use, but does not belong into a debug sidebar.
    return { ...message, payload: { name, role } };
  }
}

const NO_TICKET = 'a screen has shown a ticket that was used already, is older than 30 s, or is none';

/** An HTTP request on a message, where it is one. */
function requestOf({ req }: Message): MessageRequest | undefined {
  const isRequest = typeof req === 'object' && req !== null && 'headers' in req && 'socket' in req;
  return isRequest ? (req as MessageRequest) : undefined;
}
