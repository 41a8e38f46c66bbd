import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagesWithoutNodes } from '../../scripts/start/palette.ts';

describe('the packages that Node-RED need not look into', () => {
  let root: string;
  let data: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'factory-iot-palette-'));
    data = join(root, 'data');
    const asked = {
      dependencies: { express: '1' },
      devDependencies: { '@flowfuse/node-red-dashboard': '1' },
    };
    writeFileSync(join(root, 'package.json'), JSON.stringify(asked));
    install(
      root,
      'express',
      '@flowfuse/node-red-dashboard',
      'debug',
      'delay',
      '@sindresorhus/is',
      '@types/express',
    );
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are those that nobody has asked for', () => {
    assert.deepEqual(packagesWithoutNodes(root, data).toSorted(), ['debug', 'delay', 'is']);
  });

  it('are none by whose name the palette has installed one', () => {
    install(data, 'debug', '@somebody/is');
    assert.deepEqual(packagesWithoutNodes(root, data), ['delay']);
  });

  it('are not what the folder of the checkout is called', () => {
    const clone = join(root, 'clone');
    install(clone, 'clone', 'delay');
    writeFileSync(join(clone, 'package.json'), '{}');
    assert.deepEqual(packagesWithoutNodes(clone, data), ['delay']);
  });
});

function install(folder: string, ...names: string[]): void {
  for (const name of names) mkdirSync(join(folder, 'node_modules', name), { recursive: true });
}
