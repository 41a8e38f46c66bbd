import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './harness.ts';

const folder = join(root, 'test/oldest-node');
const oldest = join(folder, 'node_modules/.bin/node');

interface Found {
  node: string;
  health: { status: number; body: Record<string, unknown> };
  devices: { status: number; body: { count: number } };
  log: string[];
}

describe('the built package on the oldest Node.js', function () {
  this.timeout(60_000);
  let found: Found;
  before(async () => {
    assert.ok(existsSync(oldest), `${oldest} is missing: npm test installs it, and says where that fails`);
    const userDir = mkdtempSync(join(tmpdir(), 'factory-iot-oldest-'));
    try {
      const { stdout } = await promisify(execFile)(oldest, [join(folder, 'run.mjs'), root, userDir]);
      found = JSON.parse(stdout.trim().split('\n').at(-1)!) as Found;
    } finally {
      rmSync(userDir, { recursive: true, force: true });
    }
  });

  it('is the one that package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    assert.equal(`v${engines.node.replace('>=', '')}.0`, found.node);
  });

  it('runs the core flow', () => {
    assert.equal(found.health.status, 200);
    assert.equal(found.devices.status, 200);
    assert.equal(found.devices.body.count, 3);
  });

  it('says that SQLite needs a newer one, and goes on in memory', () => {
    const said = found.log.filter((line) => line.includes('SQLite'));
    assert.equal(said.length, 1, found.log.join('\n'));
    assert.match(said[0]!, /factory-plant .*needs Node\.js 22\.13 or newer/);
  });

  it('has nothing else to say', () => {
    const other = found.log.filter(
      (line) => !/SQLite|Projects disabled|Encrypted credentials not found/.test(line),
    );
    assert.deepEqual(other, []);
  });
});
