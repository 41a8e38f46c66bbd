import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. (`import.meta.dirname` is younger than Node.js 20.0.) */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program; what it says on standard error is shown, what it says otherwise is not.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options] `show`: also its standard output
 * @returns {string} why it failed, or '' where it did not
 */
export function run(program, args, { cwd = root, env = process.env, show = false } = {}) {
  const output = show ? 'inherit' : 'ignore';
  const { error, signal, status } = spawnSync(program, args, {
    cwd,
    env,
    stdio: ['ignore', output, 'inherit'],
  });
  const what = [program, ...args].join(' ');
  if (error) return `${what}: ${error.message}`;
  if (signal) return `${what} was interrupted (${signal})`;
  return status === 0 ? '' : `${what} ended with code ${status}`;
}

/**
 * The environment without our own node_modules/.bin in the path: an install replaces that folder, the Node.js
 * in it included, so npm must not run on it.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function systemEnvironment() {
  const path = (process.env.PATH ?? '').split(delimiter);
  const own = join('node_modules', '.bin');
  return { ...process.env, PATH: path.filter((folder) => !folder.endsWith(own)).join(delimiter) };
}

/**
 * One hash over files, and over all files below folders, with their names. What does not exist does not count.
 *
 * @param {string} base the folder that the names are relative to
 * @param {string[]} names
 */
export function hashOf(base, names) {
  const hash = createHash('sha256');
  for (const name of names) {
    for (const file of filesOf(base, name))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(base, file)))
        .update('\0');
  }
  return hash.digest('hex');
}

/** @returns {string[]} sorted, relative to `base` */
function filesOf(/** @type {string} */ base, /** @type {string} */ name) {
  if (!existsSync(join(base, name))) return [];
  if (!name.endsWith('/')) return [name];
  return readdirSync(join(base, name), { recursive: true })
    .map((file) => join(name, String(file)))
    .filter((file) => statSync(join(base, file)).isFile())
    .toSorted();
}

/** The text of a stamp file, '' where there is none. */
export function readStamp(/** @type {string} */ path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
