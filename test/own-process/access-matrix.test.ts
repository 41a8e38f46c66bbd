/**
 * Who may do what by which way, in a real Node-RED: everybody by all ways, and each other circumstance by itself. All of them
 * together, and with httpNodeAuth: test/long/access-matrix.test.ts.
 */
import assert from 'node:assert/strict';
import { LOOPBACK, otherAddress } from '../access/from.ts';
import { Matrix, TRUSTED } from '../access/matrix.ts';
import { EVERYBODY, PAGES, WAY_NAMES, type Who } from '../access/rules.ts';
import { unconfigured } from '../access/unconfigured.ts';

/** Enough where another axis is looked at: everybody who is known, and one of each kind who is not. */
const SOME: readonly Who[] = EVERYBODY.filter(
  (who) => typeof who === 'string' || who.state === 'valid' || who.role === 'engineer',
);

/** Whose attempts are not counted as wrong tokens of the one address that they all share. */
const UNSUSPECTED = SOME.filter((who) => typeof who === 'string' || who.state === 'valid');

describe('the matrix of access', function () {
  this.timeout(60_000);
  let matrix: Matrix;
  /** No network of its own here: browsers that run at the same time would drop what they load. `npm run test:long` makes one. */
  const elsewhere = otherAddress();
  before(async () => {
    matrix = await Matrix.start({ nodeAuth: false });
  });
  after(() => matrix?.plant.stop());

  it(`holds for everybody by every way: ${EVERYBODY.length} × ${WAY_NAMES.length}`, async () => {
    assert.deepEqual(await matrix.go(EVERYBODY, LOOPBACK, { page: 'none', from: 'loopback' }), []);
    assert.equal(matrix.cells, EVERYBODY.length * WAY_NAMES.length);
  });

  for (const page of PAGES.filter((one) => one !== 'none')) {
    it(`holds for each page: ${page}`, async () =>
      assert.deepEqual(await matrix.go(SOME, LOOPBACK, { page, from: 'loopback' }), []));
  }

  it('holds from another address', async function () {
    if (!elsewhere) {
      console.log('      (not tried: this machine has no address but loopback)');
      this.skip();
    }
    assert.deepEqual(await matrix.go(UNSUSPECTED, elsewhere, { page: 'none', from: 'lan' }), []);
  });

  it('holds through a proxy that nobody trusts, and through one that is trusted', async () => {
    assert.deepEqual(await matrix.go(SOME, LOOPBACK, { page: 'none', from: 'proxied' }), []);
    await matrix.trust(TRUSTED);
    assert.deepEqual(await matrix.go(SOME, LOOPBACK, { page: 'none', from: 'trustedProxy' }), []);
    await matrix.trust('');
  });

  it('holds as long as access is not configured', async () => {
    assert.deepEqual(await unconfigured(matrix, elsewhere), []);
  });

  for (const dashboard of [1, 2] as const) {
    it(`ends a socket of dashboard ${dashboard} at once where its session is signed out`, async () => {
      assert.equal(await matrix.endsScreen(dashboard), true);
    });
  }

  it('holds where the editor asks who one is (adminAuth), and for its users', async () => {
    const guarded = await Matrix.start({ nodeAuth: false, adminAuth: true });
    try {
      assert.deepEqual(await guarded.go(SOME, LOOPBACK, { page: 'none', from: 'loopback' }), []);
      assert.deepEqual(await guarded.editorTickets(), {
        'nobody for engineer': '401',
        'nobody for viewer': '401',
        'reader for engineer': '401',
        'reader for viewer': 'viewer',
        'editor for engineer': 'engineer',
        'editor for viewer': 'viewer',
      });
    } finally {
      await guarded.plant.stop();
    }
    // Who can deploy flows can do everything: without adminAuth that is everybody who reaches the editor.
    assert.deepEqual(await matrix.editorTickets(), {
      'nobody for engineer': 'engineer',
      'nobody for viewer': 'viewer',
    });
  });
});
