import type { Access } from './access.ts';
import { authorise, type Verdict } from './authorise.ts';
import { readStamp } from './principal.ts';
import type { Principal } from './principal.ts';
import type { Deed, Target } from './role.ts';
import { namedScreen } from './screens.ts';

export interface WireTrust {
  /**
   * Takes whoever uses a dashboard of this Node-RED for an operator, as long as access is not configured: the dashboard is
   * then guarded by something else. Once it is, who is at a screen has to be known.
   */
  readonly trustDashboards: boolean;
  readonly access?: Access | undefined;
}

/** The name of whoever a message acts for that came from nowhere else. */
export const FLOW = 'flow';

/** What nodes leave on a message that came from outside: an HTTP request, or a client of core's or our sockets. */
const OUTSIDE = ['req', '_session'] as const;
/** What Dashboard 2 and Dashboard 1 leave on a message that a person at a screen caused. */
const DASHBOARD = ['_client', 'socketid'] as const;

/**
 * Who a message on a wire acts for, and whether they may do this. Dashboards hand whole messages to
 * browsers and take back what these make of them, so on a message of theirs a seal proves nothing, and neither
 * does it on one of a socket that is not ours. Elsewhere a principal that our own nodes sealed counts first; one
 * that is there but not sealed by this process is refused. Without one, a message from outside is refused. Every
 * other message is the flow's own, and who may edit flows may do everything.
 */
export function authoriseMessage(
  message: object,
  { trustDashboards, access }: WireTrust,
  deed: Deed = 'switch',
  target?: Target,
): Verdict {
  const by = stampOf(message);
  const policy = { origins: [], open: false, access };
  const permit = (principal: Principal): Verdict => authorise(policy, principal, deed, target);
  const principal = by === undefined || by === null ? undefined : readStamp(by);
  if (by !== undefined && by !== null && !principal) {
    return refuse('msg.factory.by was not sealed by this Node-RED since its start');
  }
  const dashboard = DASHBOARD.find((mark) => Object.hasOwn(message, mark));
  if (principal && !dashboard && !hasForeignSession(message)) return permit(principal);
  const outside = OUTSIDE.find((mark) => Object.hasOwn(message, mark));
  if (outside) {
    return refuse(`the message came from outside (msg.${outside}) and no node of ours says who sent it`);
  }
  if (!dashboard) return allow(FLOW, '');
  if (access?.isConfigured) {
    const screen = access.screens.of(message);
    if (screen === undefined) return refuse(ANY_SCREEN);
    const identity = access.at(screen);
    if (!identity) return { allowed: false, code: 'unauthenticated', reason: NOBODY_THERE };
    const { name, role, grant } = identity;
    return permit({ name, role, via: 'wire', address: screen, grant });
  }
  if (trustDashboards) return allow('dashboard', namedScreen(message));
  return refuse(`the message came from a dashboard (msg.${dashboard}), and dashboards are not trusted here`);
}

const ANY_SCREEN =
  'a browser names its own screen to node-red-dashboard, so it cannot be known who is there; see ui.ioMiddleware in docs/access.md';
const NOBODY_THERE = 'nobody has signed in at this screen; the badge of the plant on its page says how';

/**
 * Whether what a message tells of its past (`msg.factory.cause`) may be believed: a page, a request or a socket that is not
 * ours may have put anything there. On one of a client of ours our own node has put it there, with the seal.
 */
export function mayBringCause(message: object): boolean {
  if (DASHBOARD.some((mark) => Object.hasOwn(message, mark)) || hasForeignSession(message)) return false;
  return !OUTSIDE.some((mark) => Object.hasOwn(message, mark)) || readStamp(stampOf(message)) !== undefined;
}

/** Whether a message has the mark of another node's socket, such as core's websocket in. */
function hasForeignSession(message: { _session?: unknown }): boolean {
  if (!Object.hasOwn(message, '_session')) return false;
  return (message._session as { type?: unknown } | null | undefined)?.type !== 'factory-iot';
}

/** `msg.factory.by`, of whatever a flow has put there. */
function stampOf(message: { factory?: unknown }): unknown {
  const { factory } = message;
  return typeof factory === 'object' && factory !== null ? (factory as { by?: unknown }).by : undefined;
}

function allow(name: string, address: string): Verdict {
  const principal: Principal = { name, role: 'operator', via: 'wire', address };
  return { allowed: true, principal };
}

function refuse(reason: string): Verdict {
  return { allowed: false, code: 'forbidden', reason };
}
