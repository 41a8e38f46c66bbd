import assert from 'node:assert/strict';
import { placeOf } from '../../../lib/access/proxies.ts';

describe('where an address is', () => {
  for (const [address, place] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:0db8:0:a::', '2001:db8:0:a::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', ''],
    ['a dashboard’s screen', 'a dashboard’s screen'],
  ] as const) {
    it(`is ${place || 'nowhere'} for ${address || 'none'}`, () => assert.equal(placeOf(address), place));
  }
});
