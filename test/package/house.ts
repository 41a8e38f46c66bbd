/** The floors of docs/architecture.md, and who breaks them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Each room and its floor. Imports go from a room into itself or a lower floor. */
export const FLOORS: Readonly<Record<string, number>> = {
  'nodes/': 5,
  'client/': 5,
  'lib/live/': 4,
  'lib/api/': 4,
  'lib/plant/': 4,
  'lib/devices/': 3,
  'lib/relays/': 3,
  'lib/inputs/': 3,
  'lib/access/': 3,
  'lib/gpio/': 2,
  'lib/store/': 2,
  'lib/stats/': 2,
  'lib/base/': 1,
};

/** All that the client may know of the rest. */
const CLIENT_MAY_IMPORT = /^lib\/live\/protocol(\.ts|\/)/;
const NODE_RED = /^(node-red|@node-red)(\/|$)/;

/** A source file: its path from the root, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Every import that the house does not allow, as a sentence. */
export function violations(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    importsOf(text).flatMap((name) => {
      const why = objection(path, name);
      return why ? [`${path} imports ${name}: ${why}`] : [];
    }),
  );
}

/** The TypeScript below lib/, nodes/ and client/. */
export function readSources(): Source[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(lib|nodes|client)\/.*\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The floors as the table in docs/architecture.md has them. */
export function documentedFloors(): Record<string, number> {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const rows = text.matchAll(/^\|\s*(\d)\s*\|\s*`([^`]+?)`/gm);
  return Object.fromEntries(
    [...rows].map(([, floor, room]) => [room!.replace('<name>/', ''), Number(floor)]),
  );
}

function importsOf(text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*(['"])([^'"\n]+)\1/g);
  return [...found].map(([, , name]) => name!);
}

function objection(path: string, name: string): string | undefined {
  if (!name.startsWith('.'))
    return NODE_RED.test(name) && !path.startsWith('nodes/') ? 'only nodes/ knows Node-RED' : undefined;
  const target = join(path, '..', name);
  const from = roomOf(path);
  const to = roomOf(target);
  if (!from) return 'it is in no room itself';
  if (!to) return 'that is in no room';
  if (from === 'client/' && to !== 'client/' && !CLIENT_MAY_IMPORT.test(target))
    return 'the client knows the protocol and nothing else';
  if (from === 'nodes/' && to === 'nodes/') return skinsApart(path, target);
  if (from === to) return undefined;
  const [below, here] = [FLOORS[to]!, FLOORS[from]!];
  if (below === here) return `${from} and ${to} are rooms of one floor`;
  return below > here ? `${to} is above ${from}` : undefined;
}

/** The skin of one node knows what all skins share, but no other skin. */
function skinsApart(path: string, target: string): string | undefined {
  const [from, to] = [skinOf(path), skinOf(target)];
  return to && from !== to ? `${to} is the skin of another node` : undefined;
}

function skinOf(path: string): string | undefined {
  return /^nodes\/(factory-[^/]+)\//.exec(path)?.[1];
}

function roomOf(path: string): string | undefined {
  return Object.keys(FLOORS).find((room) => path.startsWith(room));
}
