import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as files from '../../scripts/start/files.ts';

describe('the data folder', () => {
  let data: string;
  beforeEach(() => {
    data = join(mkdtempSync(join(tmpdir(), 'factory-iot-data-')), 'deep/er');
    files.makeDataFolder(data);
  });
  afterEach(() => rmSync(join(data, '../..'), { recursive: true, force: true }));
  const write = (name: string, text: string): void => writeFileSync(join(data, name), text);

  it('is for its owner only', () => assert.equal(statSync(data).mode & 0o777, 0o700));

  it('says so where it cannot be made', () => {
    write('file', '');
    assert.throws(() => files.makeDataFolder(join(data, 'file/folder')), { code: 'unavailable' });
  });

  it('keeps one secret, for its owner only', () => {
    const secret = files.credentialSecret(data);
    assert.match(secret, /^[0-9a-f]{64}$/);
    assert.equal(files.credentialSecret(data), secret);
    assert.equal(statSync(join(data, files.SECRET)).mode & 0o777, 0o600);
  });

  it('does not make a new secret while credentials need the old one', () => {
    write(files.CREDENTIALS, '{"$":"cipher"}');
    assert.throws(() => files.credentialSecret(data), { code: 'unavailable' });
    assert.equal(existsSync(join(data, files.SECRET)), false);
    write(files.SECRET, '\n');
    assert.throws(() => files.credentialSecret(data), { code: 'unavailable' });
    write(files.CREDENTIALS, '{}');
    assert.match(files.credentialSecret(data), /^[0-9a-f]{64}$/);
  });

  it('accepts flows, and none', () => {
    files.checkFlowFile(data);
    for (const text of ['[]', '\uFEFF[{"id":"a","type":"tab"}]']) {
      write(files.FLOWS, text);
      files.checkFlowFile(data);
      assert.equal(readFileSync(join(data, files.FLOWS), 'utf8'), text);
    }
  });

  it('stops at flows that cannot be read, and leaves them', () => {
    for (const text of ['', '[', '{}', 'null']) {
      write(files.FLOWS, text);
      assert.throws(() => files.checkFlowFile(data), { code: 'unavailable' }, text);
      assert.equal(readFileSync(join(data, files.FLOWS), 'utf8'), text);
    }
  });

  it('lets Node-RED restore an empty file from its backup', () => {
    write(files.FLOWS, '');
    write(files.FLOWS_BACKUP, '[]');
    files.checkFlowFile(data);
    write(files.FLOWS_BACKUP, '');
    assert.throws(() => files.checkFlowFile(data), { code: 'unavailable' });
  });
});
