import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, readStamp, run, systemEnvironment } from './shared.mjs';

/**
 * Installs the packages of the lockfile in `folder`, and the Node.js among them. A stamp, written last, tells
 * a finished install of this lockfile from none, an older or an interrupted one.
 *
 * @param {string} folder with package.json and package-lock.json
 * @param {string} what is installed, for the person who waits
 * @param {string} again the command to repeat once it can work
 * @returns {boolean} whether it is installed now
 */
export function install(folder, what, again) {
  const stamp = join(folder, 'node_modules/.factory-setup');
  const wanted = `${process.platform}-${process.arch} ${hashOf(folder, ['package-lock.json'])}`;
  const node = join(folder, 'node_modules/.bin/node');
  if (readStamp(stamp) === wanted && existsSync(node)) return true;

  console.log(`Installing ${what} …`);
  rmSync(stamp, { force: true });
  const options = { cwd: folder, env: systemEnvironment() };
  // No package of ours needs its install script but `node`, whose script fetches the program for this machine.
  // Errors only: on Node.js 20 npm would warn that this package wants a newer one, which is what it installs.
  const failure =
    run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], options) ||
    run('npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'], options) ||
    run(node, ['--version'], options);
  if (failure) {
    console.error(`Installing did not succeed: ${failure}.`);
    console.error('The lines above say why. Most often the network or its proxy does not let npm through');
    console.error(
      `(try: npm ping), or the disk is full (1 GB is needed). Then run ${again} again; it begins anew.`,
    );
    return false;
  }
  writeFileSync(stamp, wanted);
  return true;
}
