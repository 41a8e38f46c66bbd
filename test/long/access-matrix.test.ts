/** The whole product: everybody, every way, page, place, and combination of Node-RED's own passwords. */
import assert from 'node:assert/strict';
import { LOOPBACK, otherAddress, startLan, type Place } from '../access/from.ts';
import { Matrix, TRUSTED } from '../access/matrix.ts';
import { EVERYBODY, FROM, PAGES, WAY_NAMES } from '../access/rules.ts';
import { unconfigured } from '../access/unconfigured.ts';

describe('the whole matrix of access', function () {
  this.timeout(180_000);
  let lan: (Place & { stop(): void }) | undefined;
  let elsewhere: Place | undefined;
  before(async () => {
    lan = await startLan();
    elsewhere = lan ?? otherAddress();
    if (!lan) console.log('      (no network can be made here, so nobody asks from one)');
  });
  after(() => lan?.stop());

  for (const [nodeAuth, adminAuth] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    it(`holds with httpNodeAuth ${on(nodeAuth)}, adminAuth ${on(adminAuth)}`, async () => {
      const matrix = await Matrix.start({ nodeAuth, adminAuth });
      const wrong: string[] = [];
      let blocks = 0;
      try {
        for (const from of FROM) {
          // Everybody has an address of their own there; one for all would be slowed down for its wrong tokens.
          const place = from === 'lan' ? lan : LOOPBACK;
          if (!place) continue;
          await matrix.trust(from === 'trustedProxy' ? TRUSTED : '');
          for (const page of PAGES) {
            for (const withoutNodeAuth of nodeAuth ? [false, true] : [false]) {
              wrong.push(...(await matrix.go(EVERYBODY, place, { page, from, withoutNodeAuth })));
              blocks++;
            }
          }
        }
        assert.equal(matrix.cells, blocks * EVERYBODY.length * WAY_NAMES.length);
        if (!nodeAuth) wrong.push(...(await unconfigured(matrix, elsewhere)));
      } finally {
        await matrix.plant.stop();
      }
      console.log(`      (${matrix.cells} cells)`);
      assert.deepEqual(wrong.slice(0, 50), []);
    });
  }
});

function on(is: boolean): string {
  return is ? 'on' : 'off';
}
