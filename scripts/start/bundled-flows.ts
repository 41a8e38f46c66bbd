/**
 * The flows that come with the package, each installed once: what the user changes or deletes afterwards stays
 * changed or deleted. Which ones were installed is recorded beside the flows.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asError, FactoryError } from '../../lib/base/errors.ts';
import { writeWhole } from './files.ts';

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [property: string]: unknown;
}

export interface BundledFlow {
  /** The file's name, by which it is recorded. */
  readonly name: string;
  readonly nodes: readonly FlowNode[];
}

/** When each bundled flow was installed (ISO 8601), by the name of its file. */
export type FlowRecord = Readonly<Record<string, string>>;

export interface Plan {
  /** To add to the flows and to record. */
  readonly install: readonly BundledFlow[];
  /** In the flows already though not recorded, as after a crash in between: only to record. */
  readonly present: readonly BundledFlow[];
  /** Left for a later start: node types that are not installed. */
  readonly skipped: readonly { readonly name: string; readonly missing: readonly string[] }[];
}

export const RECORD = 'bundled-flows.json';
/** The one that the others refer to; its tab comes first. */
const CORE = 'factory.json';
/** Types that the runtime itself knows and no node set lists. */
const BUILT_IN: ReadonlySet<string> = new Set(['tab', 'group', 'subflow', 'global-config']);

/** What to do with each bundled flow. A flow with one unknown type would stop all flows, so it has to wait. */
export function planBundled(
  bundled: readonly BundledFlow[],
  record: FlowRecord,
  present: readonly { readonly id: string }[],
  types: ReadonlySet<string>,
): Plan {
  const ids = new Set(present.map(({ id }) => id));
  const plan = {
    install: [] as BundledFlow[],
    present: [] as BundledFlow[],
    skipped: [] as Plan['skipped'][number][],
  };
  for (const flow of bundled) {
    if (Object.hasOwn(record, flow.name)) continue;
    const missing = [...new Set(flow.nodes.map(({ type }) => type))].filter((type) => !isKnown(type, types));
    if (flow.nodes.some(({ id }) => ids.has(id))) plan.present.push(flow);
    else if (missing.length > 0) plan.skipped.push({ name: flow.name, missing });
    else plan.install.push(flow);
  }
  return plan;
}

/** Reads the bundled flows, the core first. Throws `invalid` for a file that is none. */
export function readBundled(folder: string): BundledFlow[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  names.sort((a, b) => Number(b === CORE) - Number(a === CORE) || a.localeCompare(b));
  return names.map((name) => ({ name, nodes: readNodes(join(folder, name)) }));
}

/** What was installed at earlier starts. Throws `invalid` where the record cannot be read. */
export function readRecord(data: string): FlowRecord {
  const path = join(data, RECORD);
  if (!existsSync(path)) return {};
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isRecord(found)) return found;
  } catch {
    // The message below says it.
  }
  throw new FactoryError('invalid', `${path} cannot be read and is left as it is`, {
    remedy: 'Remove it: what the flows still contain is recognised, what you deleted of them comes back',
  });
}

export function writeRecord(data: string, record: FlowRecord): void {
  writeWhole(join(data, RECORD), `${JSON.stringify(record, null, 2)}\n`);
}

function readNodes(path: string): FlowNode[] {
  let nodes: unknown;
  try {
    nodes = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new FactoryError('invalid', `${path} is no JSON: ${asError(error).message}`);
  }
  if (Array.isArray(nodes) && nodes.every(isFlowNode)) return nodes;
  throw new FactoryError('invalid', `${path} is no array of nodes with id and type`);
}

function isFlowNode(value: unknown): value is FlowNode {
  if (typeof value !== 'object' || value === null) return false;
  const { id, type } = value as Record<string, unknown>;
  return typeof id === 'string' && typeof type === 'string';
}

function isRecord(value: unknown): value is FlowRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((at) => typeof at === 'string');
}

function isKnown(type: string, types: ReadonlySet<string>): boolean {
  return types.has(type) || BUILT_IN.has(type) || type.startsWith('subflow:');
}
