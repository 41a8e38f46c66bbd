import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(import.meta.dirname, '../../scripts/access.ts');

describe('npm run access', () => {
  let data: string;
  beforeEach(() => (data = mkdtempSync(join(tmpdir(), 'factory-iot-access-'))));
  afterEach(() => rmSync(data, { recursive: true, force: true }));
  const run = (...args: string[]): { status: number | null; text: string } => {
    const env = { ...process.env, FACTORY_DATA: data };
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      env,
      encoding: 'utf8',
    });
    return { status, text: stdout + stderr };
  };

  it('adds somebody once, says their password once, and lists who is in', () => {
    const added = run('add', 'Sara');
    assert.equal(added.status, 0);
    assert.match(added.text, /Sara, engineer\.[^]*\n {2}([a-z\d]{4}-){3}[a-z\d]{4}\n/);
    assert.equal(run('list').text, 'Sara, engineer, person, from the next npm start\n');
    const again = run('add', 'sara');
    assert.equal(again.status, 1);
    assert.match(
      again.text,
      /somebody of the name sara already.*nobody can sign in any more, add an engineer/,
    );
  });

  it('adds nobody who could do nothing, and says what to write', () => {
    assert.match(run('add', 'op', '--role', 'operator').text, /operator without relays or areas.*--relays/);
    assert.match(run('--help').text, /npm run access -- add NAME/);
    assert.equal(run('list').text, 'nobody yet\n');
  });
});
