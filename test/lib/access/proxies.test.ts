import assert from 'node:assert/strict';
import {
  clientAddress,
  MAX_PROXIES,
  NO_PROXIES,
  parseProxies,
  placeOf,
} from '../../../lib/access/proxies.ts';

describe('parseProxies', () => {
  it('trusts nobody where nothing is set', () => {
    for (const none of [undefined, null, '', ' , ', '${FACTORY_PROXIES}', 7, []])
      assert.equal(parseProxies(none), NO_PROXIES);
    assert.equal(NO_PROXIES.has('127.0.0.1'), false);
  });

  it('trusts addresses and networks, in both families and either spelling', () => {
    const proxies = parseProxies('10.0.0.5, 192.168.1.0/24 ::1 fd00::/8');
    for (const address of ['10.0.0.5', '192.168.1.77', '::ffff:10.0.0.5', '::1', 'fd00::7'])
      assert.equal(proxies.has(address), true, address);
    for (const address of ['10.0.0.6', '192.168.2.1', '::2', 'fe80::1', '', 'localhost'])
      assert.equal(proxies.has(address), false, address);
  });

  it('refuses what is no address, and what would trust nearly everybody', () => {
    for (const wrong of [
      'proxy.local',
      '10.0.0',
      '10.0.0.0/',
      '10.0.0.0/33',
      '0.0.0.0/0',
      '10.0.0.0/7',
      '::/0',
      '1.2.3.4/8/8',
      '::1/129',
    ])
      assert.throws(() => parseProxies(wrong), { code: 'config' }, wrong);
    const many = Array.from({ length: MAX_PROXIES + 1 }, (_, n) => `10.0.${n}.1`).join();
    assert.throws(() => parseProxies(many), /at most 100/);
  });
});

describe('clientAddress', () => {
  const proxies = parseProxies('10.0.0.5 10.0.0.6');
  const from = (remote: string, said?: string): string => clientAddress(proxies, remote, said);

  it('believes nobody but a trusted proxy', () => {
    assert.equal(from('10.0.0.7', '127.0.0.1'), '10.0.0.7');
    assert.equal(from('10.0.0.5'), '10.0.0.5');
    assert.equal(clientAddress(NO_PROXIES, '10.0.0.5', '127.0.0.1'), '10.0.0.5');
  });

  it('takes the last address that no trusted proxy has: what is before may be made up', () => {
    assert.equal(from('10.0.0.5', '192.168.1.7'), '192.168.1.7');
    assert.equal(from('10.0.0.5', '127.0.0.1, 192.168.1.7'), '192.168.1.7');
    assert.equal(from('10.0.0.5', '1.2.3.4, 192.168.1.7, 10.0.0.6'), '192.168.1.7');
    assert.equal(from('10.0.0.5', '10.0.0.6'), '10.0.0.6');
  });

  it('reads ports and brackets, and stops at what is no address', () => {
    assert.equal(from('10.0.0.5', '192.168.1.7:4711'), '192.168.1.7');
    assert.equal(from('10.0.0.5', '[fd00::7]:4711'), 'fd00::7');
    assert.equal(from('10.0.0.5', 'fd00::7'), 'fd00::7');
    for (const odd of ['unknown', '', 'a, b', '192.168.1.7, unknown'])
      assert.equal(from('10.0.0.5', odd), '10.0.0.5');
  });
});

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
