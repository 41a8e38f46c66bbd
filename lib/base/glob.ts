import { FactoryError } from './errors.ts';
import { nameKey } from './text.ts';

/** Characters of a setting with patterns, commas and spaces included. */
export const MAX_GLOB_LENGTH = 200;

/**
 * Makes a test of patterns, separated by commas, of which one must fit: `*` stands for any number of
 * characters, `?` for one, everything else for itself, in its letter case and compared as names are. Empty: everything fits. Throws
 * `limit` where it is too long. A test takes at most the length of pattern times text: no regular expression
 * is made of what someone writes.
 */
export function parseGlobs(text = ''): (value: string) => boolean {
  if (text.length > MAX_GLOB_LENGTH) {
    throw new FactoryError(
      'limit',
      `a pattern has at most ${MAX_GLOB_LENGTH} characters, not ${text.length}`,
      {
        remedy: 'Use * for what several names have in common',
      },
    );
  }
  const globs = text
    .split(',')
    .map((glob) => glob.trim())
    .filter((glob) => glob !== '')
    .map((glob) => testOf(nameKey(glob)));
  if (globs.length === 0) return () => true;
  return (value) => {
    const key = nameKey(value);
    return globs.some((fit) => fit(key));
  };
}

function testOf(glob: string): (value: string) => boolean {
  const start = glob.slice(0, -1);
  // Most patterns are a beginning, and a change of each device may be tested.
  if (glob.endsWith('*') && !/[*?]/.test(start)) return (value) => value.startsWith(start);
  const characters = Array.from(glob);
  return (value) => fits(characters, Array.from(value));
}

/** Only the last `*` is ever gone back to: what the ones before it took can stay as it is. */
function fits(glob: readonly string[], text: readonly string[]): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < text.length;) {
    if (glob[at] === '*') {
      star = at++;
      resume = i;
    } else if (glob[at] === '?' || glob[at] === text[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return glob.slice(at).every((character) => character === '*');
}
