import {
  expected,
  expectedUnconfigured,
  FROM,
  PAGES,
  ROLE_NAMES,
  WAYS,
  type Cell,
  type RoleName,
  type Way,
  type Who,
} from '../../test/access/rules.ts';

const BEGIN = '<!-- matrix -->';
const END = '<!-- /matrix -->';

/** The text between the marks. Throws where there are none. */
export function between(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`no ${BEGIN} … ${END}`);
  return text.slice(begin + BEGIN.length, end);
}

export function withTable(text: string): string {
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  return `${text.slice(0, begin)}\n\n${table()}\n\n${text.slice(begin + between(text).length)}`;
}

const ROLES: Record<RoleName, string> = {
  viewer: 'viewer',
  operatorOfRelay: 'operator, has the relay',
  operatorOfArea: 'operator, has the area',
  operatorElsewhere: 'operator elsewhere',
  engineer: 'engineer',
  device: 'device',
};

/** What people do, and the ways by which it can be done; these answer alike, or the table cannot be made. */
const COLUMNS: readonly (readonly [string, ...Way[]])[] = [
  ['read', 'httpRead', 'httpChanges', 'websocket', 'polling', 'protocol2'],
  ['write a device', 'httpWrite'],
  ['switch over HTTP, or behind a guard', 'httpSwitch', 'httpCommand', 'guard'],
  ['`command` over Socket.IO', 'websocketCommand', 'pollingCommand', 'protocol2Command'],
  ['switch at the end of wires [^wires]', 'wireBehindRead', 'wireBehindWrite'],
  ['read the audit', 'httpAudit'],
  ['dashboard: page and socket', 'dashboard1Page', 'dashboard1Socket', 'dashboard2Page', 'dashboard2Socket'],
  ['dashboard: native switch, signed in at the screen', 'dashboard1Bound', 'dashboard2Bound'],
  ['… and not signed in there', 'dashboard1Switch', 'dashboard2Switch'],
];

const SIGNS = { yes: 'yes', forbidden: '403', unauthenticated: '401' } as const;

function answer(ways: readonly Way[], part: Partial<Cell> & { who: Who }): string {
  const all = ways.map((way) => expected({ way, page: 'none', from: 'loopback', nodeAuth: 'off', ...part }));
  const [first = 'forbidden'] = all;
  if (!all.every((one) => one === first)) throw new Error(`${ways.join(', ')} do not answer alike`);
  return SIGNS[first];
}

function row(name: string, part: Partial<Cell> & { who: Who }): string {
  return `| ${[name, ...COLUMNS.map(([, ...ways]) => answer(ways, part))].join(' | ')} |`;
}

function table(): string {
  const known = (role: RoleName, by: 'token' | 'cookie'): { who: Who } => ({
    who: { role, by, state: 'valid' },
  });
  const rows = [
    `| asks | ${COLUMNS.map(([name]) => name).join(' | ')} |`,
    `| --- |${COLUMNS.map(() => ' --- ').join('|')}|`,
    ...ROLE_NAMES.map((role) => row(`${ROLES[role]} [^by]`, known(role, 'token'))),
    row('whoever of these has only the page cookie [^cookie]', known('engineer', 'cookie')),
    row('nobody, or by what is no good (any more) [^ended]', { who: 'nobody' }),
    row('anybody, from a page elsewhere [^page]', { ...known('engineer', 'token'), page: 'foreign' }),
  ];
  return [...rows, '', ...NOTES, '', ...unconfigured()].join('\n');
}

const nodeAuth = (Object.keys(WAYS) as Way[]).filter((way) => 'behindNodeAuth' in WAYS[way]).length;

const NOTES = [
  '_yes_: it is done. _403_ (`forbidden`): signing in does not help. _401_ (`unauthenticated`): it does. At a relay node both ' +
    'are a result with `code: "forbidden"`. All of it is about one relay and one device of one area; the device is the ' +
    "device token's own.",
  '',
  '[^by]: By a token, by a session, or by a ticket, which is good once. Over Socket.IO in the handshake or in a header.',
  '[^cookie]: It reads what its owner may read: a device none of it.',
  '[^ended]: Expired, removed by a deploy, signed out, malformed, a ticket that was used before or made up.',
  '[^page]: By its `Origin`, or by `Sec-Fetch-Site: cross-site` where it sends none. The own page, allowed origins, and other ' +
    'pages of this machine on this machine are not elsewhere; requests without either are from no page.',
  '[^wires]: A relay node behind a guard that lets read, or write; who does not get past the guard does not get there.',
  '',
  'None of this depends on where a request comes from: from this machine, from another one, or through a proxy, trusted or ' +
    `not. With \`httpNodeAuth\` Node-RED's own password comes first at ${nodeAuth} of the ${Object.keys(WAYS).length} ways ` +
    '(401 without it): sockets over WebSocket and those of dashboards do not come by there. `adminAuth` decides who of ' +
    "Node-RED's users gets which ticket, and nothing else.",
];

/** The other table: nobody has to sign in yet. */
function unconfigured(): string[] {
  const pages: Record<Cell['page'], string> = {
    none: 'no page',
    same: 'the own page',
    allowed: 'an origin of the access node',
    thisMachine: 'a page of this machine',
    foreign: 'a page elsewhere',
    crossSite: 'a picture or script elsewhere',
  };
  const places: Partial<Record<Cell['from'], string>> = {
    loopback: 'this machine',
    proxied: 'through a proxy on it',
    lan: 'another machine',
  };
  const from = FROM.filter((one) => places[one] !== undefined);
  return [
    'As long as access is not configured, everything or nothing:',
    '',
    `| asked by | ${from.map((one) => places[one]).join(' | ')} |`,
    `| --- |${from.map(() => ' --- ').join('|')}|`,
    ...PAGES.map((page) => {
      const answers = from.map((one) => SIGNS[expectedUnconfigured(page, one)]);
      return `| ${pages[page]} | ${answers.join(' | ')} |`;
    }),
  ];
}
