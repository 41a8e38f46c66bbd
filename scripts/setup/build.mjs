import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, readStamp, root, run } from './shared.mjs';

/** Everything that scripts/build.ts reads or depends on. */
const SOURCES = [
  'nodes/',
  'lib/',
  'client/',
  'icons/',
  'scripts/build.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.editor.json',
  'tsconfig.client.json',
  'package-lock.json',
];

/**
 * Builds dist/ unless it was built from these sources. The build empties dist/ first, so the stamp in it, written
 * last, cannot outlive an interrupted one.
 *
 * @param {string} again the command to repeat once it can work
 * @returns {boolean} whether dist/ is up to date now
 */
export function buildPackage(again) {
  const stamp = join(root, 'dist/.stamp');
  const wanted = hashOf(root, SOURCES);
  if (readStamp(stamp) === wanted) return true;
  console.log('Building …');
  const failure = run(join(root, 'node_modules/.bin/node'), ['scripts/build.ts'], { show: true });
  if (failure) {
    console.error(
      `Building did not succeed: ${failure}. Mend what the lines above name, then run ${again} again.`,
    );
    return false;
  }
  writeFileSync(stamp, wanted);
  return true;
}
