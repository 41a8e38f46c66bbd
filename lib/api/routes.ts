import type { Deed } from '../access/authorise.ts';
import type { Answer } from './answer.ts';
import { readAudit, verifyAudit } from './audit-calls.ts';
import type { Call, Context } from './call.ts';
import { getDevice, listDevices, setDeviceStatus, setDeviceValue } from './device-calls.ts';
import { segmentsOf } from './path.ts';
import { getChanges } from './live-calls.ts';
import { commandRelay, listRelays, lockRelay, setRelayMode, switchRelay } from './relay-calls.ts';
import { getConfig, getHealth, getStats } from './system-calls.ts';

/** `id` is the one part of the path that names something; empty where the path has none. */
type Handle = (context: Context, call: Call, id: string) => Answer | Promise<Answer>;

interface Route {
  readonly method: 'GET' | 'POST';
  /** In lower case; `:id` stands for any one name. */
  readonly path: readonly string[];
  readonly deed: Deed;
  readonly handle: Handle;
}

const ROUTES: readonly Route[] = [
  route('GET', 'health', 'read', getHealth),
  route('GET', 'devices', 'read', listDevices),
  route('GET', 'devices/:id', 'read', getDevice),
  route('POST', 'devices/:id/value', 'write', setDeviceValue),
  route('POST', 'devices/:id/status', 'write', setDeviceStatus),
  route('GET', 'system/stats', 'read', getStats),
  route('GET', 'config', 'read', getConfig),
  route('GET', 'relays', 'read', listRelays),
  route('POST', 'relays/:id', 'switch', switchRelay),
  route('POST', 'relays/:id/mode', 'switch', setRelayMode),
  route('POST', 'relays/:id/lock', 'switch', lockRelay),
  route('GET', 'v2/changes', 'read', getChanges),
  route('POST', 'v2/command', 'switch', commandRelay),
  route('GET', 'audit', 'audit', readAudit),
  route('GET', 'audit/verify', 'audit', verifyAudit),
];

export interface Match {
  /** What serves the call; undefined where nothing does. */
  readonly handle?: Handle;
  readonly deed: Deed;
  readonly id: string;
  /** The methods that are served at this path; none where the path is unknown. */
  readonly methods: readonly string[];
}

/** What serves this call; a HEAD is served as the GET it stands for. Throws `invalid` for a malformed path. */
export function match(method: string, path: string): Match {
  const given = segmentsOf(path);
  const there = ROUTES.filter((candidate) => fits(candidate.path, given));
  const found = there.find((candidate) => candidate.method === (method === 'HEAD' ? 'GET' : method));
  return {
    ...(found && { handle: found.handle }),
    // What we do not serve ourselves, another flow may; taken for a switch it is refused to whoever only reads.
    deed: found?.deed ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'switch'),
    id: given[found?.path.indexOf(':id') ?? -1] ?? '',
    methods: there.flatMap((candidate) =>
      candidate.method === 'GET' ? ['GET', 'HEAD'] : [candidate.method],
    ),
  };
}

function route(method: Route['method'], path: string, deed: Deed, handle: Handle): Route {
  return { method, path: path.split('/'), deed, handle };
}

function fits(pattern: readonly string[], given: readonly string[]): boolean {
  return (
    pattern.length === given.length &&
    pattern.every((part, index) =>
      part === ':id' ? given[index] !== '' : part === given[index]!.toLowerCase(),
    )
  );
}
