import assert from 'node:assert/strict';
import { documentedFloors, FLOORS, readSources, violations } from './house.ts';

describe('the house', () => {
  it('has the floors that the architecture describes', () => {
    const { 'client/': _, ...floors } = FLOORS;
    const documented = documentedFloors();
    delete documented['client/'];
    assert.deepEqual(documented, floors);
  });

  it('is kept by every import', () => {
    const sources = readSources();
    assert.ok(sources.length > 50, `only ${sources.length} sources were found`);
    assert.deepEqual(violations(sources), []);
  });

  const made: [path: string, text: string, complaint: RegExp][] = [
    ['lib/base/a.ts', `import { x } from '../relays/relay.ts';`, /lib\/relays\/ is above lib\/base\//],
    ['lib/live/a.ts', `import type { X } from '../api/call.ts';`, /rooms of one floor/],
    ['lib/devices/a.ts', `export { x } from '../access/peer.ts';`, /rooms of one floor/],
    ['lib/gpio/a.ts', `const x = await import('../plant/plant.ts');`, /is above/],
    ['lib/live/a.ts', `import type { NodeAPI } from 'node-red';`, /only nodes\/ knows/],
    ['lib/live/a.ts', `import util from "@node-red/util";`, /only nodes\/ knows/],
    ['lib/live/deep/a.ts', `import { x } from '../../../nodes/common.ts';`, /is above/],
    ['lib/a.ts', `import { x } from './base/text.ts';`, /no room itself/],
    ['lib/base/a.ts', `import { x } from '../../scripts/build.ts';`, /in no room/],
    ['client/a.ts', `import { x } from '../lib/base/text.ts';`, /protocol and nothing else/],
    ['nodes/factory-a/a.ts', `import { x } from '../factory-b/b.ts';`, /skin of another node/],
  ];
  for (const [path, text, complaint] of made) {
    it(`notices ${path}: ${text}`, () => {
      const found = violations([{ path, text }]);
      assert.equal(found.length, 1);
      assert.match(found[0]!, complaint);
    });
  }

  it('lets pass what goes down', () => {
    const text = `import { x } from '../../lib/live/a.ts';
import { y } from '../common.ts';
import './own.ts';
import type { NodeAPI } from 'node-red';`;
    const down = `import { x } from '../base/text.ts';\nimport { z } from './b.ts';\nimport fs from 'node:fs';`;
    const client = `import type { P } from '../lib/live/protocol.ts';`;
    assert.deepEqual(
      violations([
        { path: 'nodes/factory-a/a.ts', text },
        { path: 'lib/live/a.ts', text: down },
        { path: 'client/a.ts', text: client },
      ]),
      [],
    );
  });
});
