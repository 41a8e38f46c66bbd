import { buildPackage } from './build.mjs';
import { installPrograms } from './debian.mjs';
import { install } from './install.mjs';
import { root } from './shared.mjs';

/**
 * Installs, builds and, for tests, fetches what only tests need. Does only what is not done yet.
 *
 * @param {string | undefined} purpose `start` or `test`
 * @returns {boolean} whether everything that the purpose cannot do without is there
 */
export function setUp(purpose) {
  if (purpose !== 'start' && purpose !== 'test') {
    console.error('Usage: node scripts/setup.mjs start|test');
    return false;
  }
  const again = purpose === 'start' ? 'npm start' : 'npm test';
  if (!install(root, 'what Factory IoT needs; this takes about a minute, once', again)) return false;
  if (!buildPackage(again)) return false;
  if (purpose === 'test') {
    // Its absence fails the one test that runs on it, which says so; all others can run.
    install(`${root}/test/oldest-node`, 'the oldest Node.js that is supported, for one test', again);
    installPrograms();
  }
  return true;
}
