/** What SECURITY.md promises of versions, held against what is locked and what is installed. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './house.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const floors = [...read('SECURITY.md').matchAll(/^\| `([\w.-]+)` +\| ([\d.]+) +\|/gm)].map(
  ([, name, floor]) => [name!, floor!] as const,
);
/** What is for developing only, Node-RED's own copies included, is not published with the package. */
const lock = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, { version: string; dev?: boolean }>;
};

const isAtLeast = (version: string, floor: string): boolean => {
  const [have, want] = [version, floor].map((text) => text.split('.').map(Number));
  for (const [index, part] of want!.entries()) if (have![index] !== part) return have![index]! > part;
  return true;
};

describe('the floors of versions', () => {
  it('are told of everything that strangers talk to, or that runs programs', () => {
    assert.deepEqual(floors.map(([name]) => name).toSorted(), [
      'body-parser',
      'engine.io',
      'socket.io',
      'socket.io-parser',
      'systeminformation',
      'ws',
    ]);
  });

  for (const [name, floor] of floors) {
    it(`hold for ${name}, locked and installed`, () => {
      const copies = Object.entries(lock.packages).filter(
        ([path, { dev }]) => path.endsWith(`node_modules/${name}`) && dev !== true,
      );
      assert.ok(
        copies.some(([path]) => path === `node_modules/${name}`),
        'no copy of ours',
      );
      for (const [path, { version }] of copies) {
        assert.ok(isAtLeast(version, floor), `${path} ${version} is locked, at least ${floor} is needed`);
        assert.ok(existsSync(join(root, path)), path);
        const installed = (JSON.parse(read(`${path}/package.json`)) as { version: string }).version;
        assert.ok(
          isAtLeast(installed, floor),
          `${path} ${installed} is installed, at least ${floor} is needed`,
        );
      }
    });
  }

  it('are compared as numbers', () => {
    assert.ok(
      isAtLeast('8.21.3', '8.21.0') && isAtLeast('6.6.12', '6.6.9') && isAtLeast('5.33.23', '5.31.7'),
    );
    assert.ok(!isAtLeast('6.6.8', '6.6.9') && !isAtLeast('5.9.0', '5.31.7') && isAtLeast('9.0.0', '8.21.0'));
  });
});
