/** Who may come in, as far as a start has to do with it: whether that is set at all, and who is to be added. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Access } from '../../lib/access/access.ts';
import { parseEntries, type Entry } from '../../lib/access/entries.ts';
import { isAccessNode } from '../../lib/access/stored.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import type { FlowNode } from './bundled-flows.ts';
import type { StoredFlows } from '../../nodes/stored-access.ts';
import { FLOWS, writeWhole } from './files.ts';
import { activeNodes } from './summary.ts';

/** Who is to be added at the next start, with what their secrets are recognised by. */
export const NEWCOMERS = 'access-new.json';
const ACCESS_NODE = 'factory-iot-access';

/** As a person of an access node, with what is kept of the password or token. */
export interface Newcomer extends Pick<Entry, 'id' | 'kind' | 'name' | 'role'> {
  readonly relays?: string;
  readonly areas?: string;
  readonly devices?: string;
  readonly kept: string;
}

/** As an access node of the flow file has it, unchecked. */
export interface Known {
  readonly name: string;
  readonly role?: unknown;
  readonly kind?: unknown;
  /** Counts from the next start. */
  readonly isNew?: boolean;
}

/** The package's modules of this kind as Node-RED has loaded them, which are the built ones. */
export async function loadAccess(root: string): Promise<{
  readonly access: Access;
  readonly followStoredFlows: (RED: StoredFlows) => void;
}> {
  const built = (name: string): Promise<object> =>
    import(pathToFileURL(join(root, 'dist/nodes', name)).href) as Promise<object>;
  return { ...(await built('access.js')), ...(await built('stored-access.js')) } as never;
}

/** Tells whether everybody has to sign in after the next start. */
export function isAccessSet(data: string): boolean {
  return readNewcomers(data).length > 0 || peopleOf(readFlows(data)).length > 0;
}

/** Everybody who is set or waits to be. */
export function everybodyIn(data: string): Known[] {
  return [...peopleOf(readFlows(data)), ...readNewcomers(data).map((one) => ({ ...one, isNew: true }))];
}

export function readNewcomers(data: string): Newcomer[] {
  const path = join(data, NEWCOMERS);
  if (!existsSync(path)) return [];
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as unknown;
    if (Array.isArray(found)) return found as Newcomer[];
  } catch {
    // The message below says it, without what is in the file.
  }
  throw new FactoryError('invalid', `${path} cannot be read`, {
    remedy: 'Remove it and add the people anew: npm run access -- add NAME',
  });
}

export function writeNewcomers(data: string, newcomers: readonly Newcomer[]): void {
  writeWhole(join(data, NEWCOMERS), `${JSON.stringify(newcomers, null, 2)}\n`, 0o600);
}

export function forgetNewcomers(data: string): void {
  rmSync(join(data, NEWCOMERS), { force: true });
}

/**
 * The flows with the newcomers in the access node, made where there is none, and its credentials with what is kept of
 * their secrets. Throws `config` where they cannot be added.
 */
export function withNewcomers(
  flows: readonly FlowNode[],
  newcomers: readonly Newcomer[],
  secretsOf: (node: string) => string | undefined,
): FlowNode[] {
  const node: FlowNode = flows.find(isAccessNode) ?? {
    id: ACCESS_NODE,
    type: 'factory-access',
    name: 'People and tokens',
    plant: activeNodes(flows).find(({ type }) => type === 'factory-plant')?.id ?? '',
  };
  const people = [
    ...(Array.isArray(node['people']) ? node['people'] : []),
    ...newcomers.map(({ kept: _kept, ...rest }) => rest),
  ];
  const secrets = JSON.stringify({
    ...(JSON.parse(secretsOf(node.id) ?? '{}') as object),
    ...Object.fromEntries(newcomers.map(({ id, kept }) => [id, kept])),
  });
  parseEntries(people, secrets);
  return [...flows.filter(({ id }) => id !== node.id), { ...node, people, credentials: { secrets } }];
}

function readFlows(data: string): FlowNode[] {
  const path = join(data, FLOWS);
  if (!existsSync(path)) return [];
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')) as FlowNode[];
  } catch {
    // Whether the flows can be read at all is looked at before they are run.
    return [];
  }
}

function peopleOf(flows: readonly FlowNode[]): Known[] {
  return flows
    .filter(isAccessNode)
    .flatMap(({ people }) => (Array.isArray(people) ? (people as Known[]) : []));
}
