import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Stands for npm, which would load half a gigabyte each time: notes what it was asked, and lays down a Node.js
 * as `npm rebuild node` does.
 */
const NPM = `#!/bin/sh
echo "npm $*" >> "$CALLS"
[ -e "$CALLS.fail" ] && { echo 'npm error network' >&2; exit 1; }
[ "$1" = ci ] && rm -rf node_modules
if [ "$1" = rebuild ]; then mkdir -p node_modules/.bin && ln -s "$REAL_NODE" node_modules/.bin/node; fi
exit 0
`;

describe('the set-up of a fresh clone', () => {
  let clone: string;
  const calls = (): string[] =>
    existsSync(join(clone, 'calls')) ? readFileSync(join(clone, 'calls'), 'utf8').trim().split('\n') : [];
  const setUp = (purpose = 'start'): { status: number | null; text: string } => {
    rmSync(join(clone, 'calls'), { force: true });
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs', purpose], {
      cwd: clone,
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${join(clone, 'bin')}:/usr/bin:/bin`,
        CALLS: join(clone, 'calls'),
        REAL_NODE: process.execPath,
      },
    });
    return { status, text: stdout + stderr };
  };
  const INSTALL = [
    'npm ci --ignore-scripts --loglevel=error',
    'npm rebuild node --ignore-scripts=false --loglevel=error',
  ];

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'factory-iot-clone-'));
    for (const folder of ['scripts', 'bin', 'nodes', 'lib']) mkdirSync(join(clone, folder));
    cpSync(join(root, 'scripts/setup.mjs'), join(clone, 'scripts/setup.mjs'));
    cpSync(join(root, 'scripts/setup'), join(clone, 'scripts/setup'), { recursive: true });
    writeFileSync(join(clone, 'package-lock.json'), '{}');
    writeFileSync(join(clone, 'lib/a.ts'), 'export const a = 1;\n');
    writeFileSync(join(clone, 'bin/npm'), NPM, { mode: 0o755 });
    writeFileSync(
      join(clone, 'scripts/build.ts'),
      `import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
appendFileSync(process.env['CALLS']!, 'build\\n');\n`,
    );
    writeFileSync(join(clone, 'package.json'), '{"type":"module"}');
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  it('installs and builds once', () => {
    const { status, text } = setUp();
    assert.equal(status, 0, text);
    assert.deepEqual(calls(), [...INSTALL, 'build']);
    assert.match(text, /^Installing .* …\nBuilding …\n$/);
    assert.deepEqual(setUp(), { status: 0, text: '' });
    assert.deepEqual(calls(), []);
  });

  it('installs anew for another lockfile, or after an interrupted install', () => {
    setUp();
    writeFileSync(join(clone, 'package-lock.json'), '{"changed":true}');
    setUp();
    assert.deepEqual(calls(), [...INSTALL, 'build']);
    rmSync(join(clone, 'node_modules/.factory-setup'));
    setUp();
    assert.deepEqual(calls(), INSTALL);
    rmSync(join(clone, 'node_modules/.bin/node'));
    setUp();
    assert.deepEqual(calls(), INSTALL);
  });

  it('builds anew for other sources, or after an interrupted build', () => {
    setUp();
    appendFileSync(join(clone, 'lib/a.ts'), 'export const b = 2;\n');
    setUp();
    assert.deepEqual(calls(), ['build']);
    writeFileSync(join(clone, 'nodes/new.ts'), '');
    setUp();
    assert.deepEqual(calls(), ['build']);
    rmSync(join(clone, 'dist'), { recursive: true });
    setUp();
    assert.deepEqual(calls(), ['build']);
  });

  it('says why it failed and what to do, and is done anew the next time', () => {
    writeFileSync(join(clone, 'calls.fail'), '');
    const { status, text } = setUp();
    assert.equal(status, 1);
    assert.match(text, /npm error network[^]*npm ci .* ended with code 1[^]*Then run npm start again/);
    rmSync(join(clone, 'calls.fail'));
    assert.equal(setUp().status, 0);
    assert.deepEqual(calls(), [...INSTALL, 'build']);
  });

  it('fails where the build does', () => {
    writeFileSync(join(clone, 'scripts/build.ts'), 'throw new Error("broken source");\n');
    const { status, text } = setUp();
    assert.equal(status, 1);
    assert.match(text, /broken source[^]*Building did not succeed/);
  });

  it('wants to know what for', () => {
    const { status, text } = setUp('dance');
    assert.equal(status, 1);
    assert.match(text, /Usage/);
  });

  it('tells an old Node.js so, in words that it can read', () => {
    const source = readFileSync(join(root, 'scripts/setup.mjs'), 'utf8');
    const code = source.replaceAll('process.versions.node', '"18.20.0"');
    writeFileSync(join(clone, 'scripts/setup.mjs'), code);
    const { status, text } = setUp();
    assert.equal(status, 1);
    assert.match(text, /needs Node\.js 20 or newer/);
    assert.doesNotMatch(code, /^import |\?\.|\?\?/m, 'syntax that an old Node.js stops at');
  });
});
