/**
 * Which packages Node-RED need not look into. It reads the package.json of every one in node_modules, of which nearly all only
 * came along with others and are no nodes: 0.1 s of a processor's time, and more on a small computer.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The names, without their scopes as Node-RED compares them, of what is in this checkout's node_modules without being asked for in
 * its package.json. A name that is also one in the data folder's node_modules, where the palette installs, is not among them, nor
 * is that of the checkout's own folder: Node-RED would not load the checkout itself.
 */
export function packagesWithoutNodes(root: string, data: string): string[] {
  const asked = new Set([basename(root), ...namesAskedFor(root), ...namesIn(join(data, 'node_modules'))]);
  return namesIn(join(root, 'node_modules')).filter((name) => !asked.has(name));
}

function namesAskedFor(root: string): string[] {
  const asked = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object>;
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
  return kinds.flatMap((kind) => Object.keys(asked[kind] ?? {})).map(withoutScope);
}

/** None where there is no such folder. */
function namesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => (name.startsWith('@') ? readdirSync(join(folder, name)) : [name]));
}

function withoutScope(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
