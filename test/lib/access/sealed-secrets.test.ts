import assert from 'node:assert/strict';
import { isSealed, SecretSealer } from '../../../lib/access/sealed-secrets.ts';

const kept = { sara: 'scrypt$16384$8$1$salt$hash', panel: 'a'.repeat(43) };

describe('SecretSealer', () => {
  const sealer = new SecretSealer('of this machine');

  it('shows nothing of a hash, and gives it back', () => {
    const sealed = sealer.seal(JSON.stringify(kept));
    assert.deepEqual(Object.keys(JSON.parse(sealed) as object), ['sara', 'panel']);
    for (const hash of Object.values(kept)) assert.ok(!sealed.includes(hash));
    assert.ok(isSealed(sealed));
    assert.deepEqual(JSON.parse(sealer.open(sealed)), kept);
    assert.deepEqual(JSON.parse(new SecretSealer('of this machine').open(sealed)), kept);
  });

  it('seals none twice, and leaves what is not sealed as it is', () => {
    const sealed = sealer.seal(JSON.stringify(kept));
    assert.equal(sealer.seal(sealed), sealed);
    assert.ok(!isSealed(JSON.stringify(kept)));
    assert.deepEqual(JSON.parse(sealer.open(JSON.stringify(kept))), kept);
  });

  it('leaves out what another secret sealed, what was changed, and what belongs to somebody else', () => {
    const sealed = JSON.parse(sealer.seal(JSON.stringify(kept))) as typeof kept;
    assert.equal(new SecretSealer('of another').open(JSON.stringify(sealed)), '{}');
    assert.equal(sealer.open(JSON.stringify({ mallory: sealed.sara })), '{}');
    assert.equal(sealer.open(JSON.stringify({ sara: `${sealed.sara.slice(0, -4)}AAAA` })), '{}');
    assert.equal(sealer.open(JSON.stringify({ sara: 'sealed$' })), '{}');
  });

  it('leaves text that is no object to who reads it', () => {
    for (const text of ['', '{', 'null', '"text"', '{"a":1}']) {
      assert.equal(sealer.seal(text), text);
      assert.equal(sealer.open(text), text);
    }
  });
});
