/**
 * Who may do what by which way: the answers that are expected, written down without asking the code that gives them. The matrix
 * of the tests is held against it, and the table in docs/access.md is made of it.
 */

/** `forbidden`: it is known who asks, or it does not matter. `unauthenticated`: signing in helps. */
export type Outcome = 'yes' | 'forbidden' | 'unauthenticated';

/** What somebody may be allowed to do in the plant of these tests. `anyWrite`: to write whatever a flow of one's own writes. */
type Right = 'read' | 'write' | 'switch' | 'audit' | 'anyWrite';

/** The people and tokens of these tests, all asked about one relay and one device of one area. */
export const RIGHTS = {
  viewer: ['read'],
  operatorOfRelay: ['read', 'switch', 'anyWrite'],
  operatorOfArea: ['read', 'switch', 'write', 'anyWrite'],
  operatorElsewhere: ['read', 'anyWrite'],
  engineer: ['read', 'switch', 'write', 'anyWrite', 'audit'],
  device: ['write', 'anyWrite'],
} as const satisfies Record<string, readonly Right[]>;
export type RoleName = keyof typeof RIGHTS;
export const ROLE_NAMES = Object.keys(RIGHTS) as RoleName[];

interface Rule {
  /** What is asked for, one after the other. */
  readonly takes: readonly Right[];
  /** Whether the page cookie is enough. */
  readonly byCookie?: boolean;
  /** Whether the screen of a dashboard has to have shown who is at it; `false`: it has not. */
  readonly bound?: boolean;
  /** Whether Node-RED's own password (httpNodeAuth) is asked for on the way: sockets do not come by there. */
  readonly behindNodeAuth?: boolean;
}

export const WAYS = {
  httpRead: { takes: ['read'], byCookie: true, behindNodeAuth: true },
  httpWrite: { takes: ['write'], behindNodeAuth: true },
  httpSwitch: { takes: ['switch'], behindNodeAuth: true },
  httpAudit: { takes: ['audit'], behindNodeAuth: true },
  httpChanges: { takes: ['read'], byCookie: true, behindNodeAuth: true },
  httpCommand: { takes: ['switch'], behindNodeAuth: true },
  guard: { takes: ['switch'], behindNodeAuth: true },
  wireBehindRead: { takes: ['read', 'switch'], behindNodeAuth: true },
  wireBehindWrite: { takes: ['anyWrite', 'switch'], behindNodeAuth: true },
  websocket: { takes: ['read'], byCookie: true },
  websocketCommand: { takes: ['read', 'switch'] },
  polling: { takes: ['read'], byCookie: true, behindNodeAuth: true },
  pollingCommand: { takes: ['read', 'switch'], behindNodeAuth: true },
  protocol2: { takes: ['read'], byCookie: true },
  protocol2Command: { takes: ['read', 'switch'] },
  dashboard1Page: { takes: ['read'], byCookie: true, behindNodeAuth: true },
  dashboard1Socket: { takes: ['read'], byCookie: true },
  dashboard1Switch: { takes: ['read', 'switch'], bound: false },
  dashboard1Bound: { takes: ['read', 'switch'], bound: true },
  dashboard2Page: { takes: ['read'], byCookie: true, behindNodeAuth: true },
  dashboard2Socket: { takes: ['read'], byCookie: true },
  dashboard2Switch: { takes: ['read', 'switch'], bound: false },
  dashboard2Bound: { takes: ['read', 'switch'], bound: true },
} as const satisfies Record<string, Rule>;
export type Way = keyof typeof WAYS;
/** Our own socket by its websocket. */
const TAKE_TICKETS: readonly Way[] = ['websocket', 'websocketCommand', 'protocol2', 'protocol2Command'];
export const WAY_NAMES = Object.keys(WAYS) as Way[];

/** How somebody says who they are, and what has become of that. */
export const CREDENTIALS = {
  token: ['valid', 'expired', 'removed'],
  session: ['valid', 'ended', 'removed'],
  ticket: ['valid', 'used'],
  cookie: ['valid', 'ended', 'removed'],
} as const;
export type Credential = keyof typeof CREDENTIALS;
export interface Known {
  readonly role: RoleName;
  readonly by: Credential;
  readonly state: (typeof CREDENTIALS)[Credential][number];
}
export type Who = Known | 'nobody' | 'malformedToken' | 'madeUpTicket';

export const KNOWN: readonly Known[] = ROLE_NAMES.flatMap((role) =>
  (Object.keys(CREDENTIALS) as Credential[]).flatMap((by) =>
    CREDENTIALS[by].map((state) => ({ role, by, state })),
  ),
);
export const EVERYBODY: readonly Who[] = ['nobody', 'malformedToken', 'madeUpTicket', ...KNOWN];

/** Which page asks. `thisMachine`: another one of this machine. `crossSite`: one that sends no Origin, such as a picture's. */
export const PAGES = ['none', 'same', 'allowed', 'thisMachine', 'foreign', 'crossSite'] as const;
/** `proxied`: by loopback with X-Forwarded-For of a proxy that nobody trusts. */
export const FROM = ['loopback', 'proxied', 'trustedProxy', 'lan'] as const;

export interface Cell {
  readonly who: Who;
  readonly way: Way;
  readonly page: (typeof PAGES)[number];
  readonly from: (typeof FROM)[number];
  /** Node-RED's httpNodeAuth: off, or on with its password sent along or not. */
  readonly nodeAuth: 'off' | 'sent' | 'missing';
}

export function expected({ who, way, page, from, nodeAuth }: Cell): Outcome {
  const rule: Rule = WAYS[way];
  const isPage = way === 'dashboard1Page' || way === 'dashboard2Page';
  const isElsewhere =
    page === 'foreign' ||
    page === 'crossSite' ||
    (page === 'thisMachine' && from !== 'loopback' && from !== 'proxied');
  // Only our own socket takes a ticket as it is; elsewhere it is turned into a session first, over HTTP.
  const isTurned =
    (who === 'madeUpTicket' || (typeof who !== 'string' && who.by === 'ticket')) &&
    !TAKE_TICKETS.includes(way);
  // The gate of the dashboards stands in front of Node-RED's own question.
  if (nodeAuth === 'missing' && (isTurned || (rule.behindNodeAuth && !isPage))) return 'unauthenticated';
  if (isElsewhere) return 'forbidden';
  if (typeof who === 'string' || who.state !== 'valid') return 'unauthenticated';
  const rights: readonly Right[] = RIGHTS[who.role];
  if (!rule.takes.every((right) => rights.includes(right))) return 'forbidden';
  if (who.by === 'cookie' && !rule.byCookie) return 'forbidden';
  // Who has only a cookie gets no ticket, and so cannot show who they are.
  if (rule.bound === false) return 'forbidden';
  return nodeAuth === 'missing' && rule.behindNodeAuth ? 'unauthenticated' : 'yes';
}

/** As long as access is not configured: this machine, and pages that may talk to it. */
export function expectedUnconfigured(page: Cell['page'], from: Cell['from']): Outcome {
  const mayAsk = page !== 'foreign' && page !== 'crossSite' && page !== 'allowed';
  return from === 'loopback' && mayAsk ? 'yes' : 'forbidden';
}
