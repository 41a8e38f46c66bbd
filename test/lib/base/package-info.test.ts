import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { packageInfo } from '../../../lib/base/package-info.ts';

describe('what the package is', () => {
  it('is read of its manifest, and once: every request asks for it', () => {
    const manifest = new URL('../../../package.json', import.meta.url);
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, string>;
    assert.deepEqual(packageInfo(), { name, version });
    assert.equal(packageInfo(), packageInfo());
  });
});
