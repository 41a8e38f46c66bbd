import assert from 'node:assert/strict';
import { pathOf } from '../../nodes/gate.ts';

describe("a request line's path, as the gate sees it", () => {
  // Each is one that Express takes for something at or below /ui.
  for (const line of [
    '/ui/x?y',
    '/ui/x#y',
    '/ui\u00a0',
    '/ui\ufeff',
    'http://host/ui/../x',
    'http://host/ui/%2e%2e/x',
    'http://user@host:1880/ui/x?y=http://other',
    'HTTP://host\\ui\\x',
    'http:///ui/x',
    'http:/ui/x',
    '/ui\\..\\x',
  ]) {
    it(`is below /ui for ${JSON.stringify(line)}`, () => assert.match(pathOf(line), /^\/ui(\/|$)/));
  }

  it('is as it is for a path, and the root for nothing', () => {
    assert.equal(pathOf('/a/../b//c%2f;d'), '/a/../b//c%2f;d');
    assert.deepEqual(['', '*', 'http://host', '?x'].map(pathOf), ['/', '*', '/', '/']);
  });
});
