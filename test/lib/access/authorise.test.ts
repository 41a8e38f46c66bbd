import assert from 'node:assert/strict';
import {
  authorise,
  isLoopbackAddress,
  isLoopbackHost,
  originAllowed,
} from '../../../lib/access/authorise.ts';
import type { AccessPolicy, Deed, Peer } from '../../../lib/access/authorise.ts';

const closed: AccessPolicy = { origins: [], open: false };
const open: AccessPolicy = { origins: [], open: true };
const here: Peer = {
  via: 'http',
  address: '127.0.0.1',
  host: 'localhost:1880',
  origin: undefined,
  forwarded: false,
  crossSite: false,
};
const DEEDS: Deed[] = ['read', 'write', 'switch'];

/** Why not, or `allowed`. */
function verdict(policy: AccessPolicy, peer: Peer): string {
  const verdicts = DEEDS.map((deed) => authorise(policy, peer, deed));
  const [first] = verdicts;
  for (const each of verdicts) assert.deepEqual(each, first, 'reading, writing and switching alike');
  return first!.allowed ? 'allowed' : first!.reason;
}

describe('authorise', () => {
  it('lets this machine in as an engineer, by either transport', () => {
    for (const via of ['http', 'socket'] as const) {
      assert.deepEqual(authorise(closed, { ...here, via }, 'switch'), {
        allowed: true,
        principal: { name: 'loopback', role: 'engineer', via, address: '127.0.0.1' },
      });
    }
  });

  it('says with each refusal that it is one', () => {
    const refused = authorise(closed, { ...here, address: '10.0.0.9' }, 'read');
    assert.deepEqual(refused, {
      allowed: false,
      code: 'forbidden',
      reason: 'access is not configured yet, so only this machine itself may read and switch',
    });
  });

  // Every combination of the four signs: only all four together are this machine.
  const addresses = { loopback: '127.0.0.1', elsewhere: '192.168.1.7' };
  const hosts = { loopback: '127.0.0.1:1880', elsewhere: 'plant.example:1880', none: undefined };
  const origins = {
    none: undefined,
    loopback: 'http://localhost:3000',
    elsewhere: 'http://evil.example',
    same: 'http://plant.example:1880',
  };
  for (const [addressName, address] of Object.entries(addresses)) {
    for (const [hostName, host] of Object.entries(hosts)) {
      for (const [originName, origin] of Object.entries(origins)) {
        for (const forwarded of [false, true]) {
          const signs = `address ${addressName}, host ${hostName}, origin ${originName}, ${forwarded ? 'forwarded' : 'direct'}`;
          const page = originName === 'none' || (originName === 'same' && hostName === 'elsewhere');
          const local = addressName === 'loopback' && hostName === 'loopback';
          const originOk = page || (originName === 'loopback' && local);
          const allowed = local && !forwarded && originOk;
          it(`${allowed ? 'allows' : 'refuses'}: ${signs}`, () => {
            const peer: Peer = { via: 'http', address, host, origin, forwarded, crossSite: false };
            const said = verdict(closed, peer);
            if (allowed) assert.equal(said, 'allowed');
            else if (!originOk) assert.match(said, /^web pages of http:.* may not use this system/);
            else if (addressName !== 'loopback') assert.match(said, /only this machine itself/);
            else if (forwarded) assert.match(said, /passed on by a proxy/);
            else assert.match(said, /the host must be localhost/);
            // Open to the network, only foreign web pages and foreign names stay out.
            assert.equal(verdict(open, peer) === 'allowed', originOk && hostName !== 'elsewhere');
          });
        }
      }
    }
  }

  it('refuses what a page of another site loads without an origin', () => {
    const peer: Peer = { ...here, crossSite: true };
    assert.match(verdict(closed, peer), /^web pages of other sites may not/);
    assert.match(verdict(open, peer), /^web pages of other sites may not/);
    const policy: AccessPolicy = { origins: ['https://scada.example'], open: false };
    assert.equal(verdict(policy, { ...peer, origin: 'https://scada.example' }), 'allowed');
  });

  describe('open to a network', () => {
    const at = (host: string | undefined, allowed: string[] = []): string =>
      verdict({ origins: allowed, open: true }, { ...here, address: '192.168.1.7', host });

    for (const host of [
      '192.168.1.5:1880',
      '[fd00::5]:1880',
      'panel',
      'panel:1880',
      'panel.local',
      'a.b.lan.',
      undefined,
    ]) {
      it(`takes ${host}`, () => assert.equal(at(host), 'allowed'));
    }
    for (const host of [
      'plant.example:1880',
      'local.example',
      '192.168.1.5.example',
      'rebound.evil.example.',
    ]) {
      it(`refuses ${host}, which may lead here from the internet`, () => {
        assert.match(at(host), /may be a name of somebody else/);
        // What such a page sends by itself carries its own origin, which is the same.
        const peer: Peer = { ...here, host, origin: `http://${host}` };
        assert.notEqual(verdict(open, peer), 'allowed');
      });
    }
    it('takes the host of an allowed origin', () => {
      assert.equal(at('plant.example:1880', ['http://plant.example:1880']), 'allowed');
      assert.notEqual(at('other.example:1880', ['http://plant.example:1880']), 'allowed');
    });
  });

  it('names who comes in by the open door', () => {
    const peer: Peer = { ...here, address: '192.168.1.7', host: '192.168.1.5:1880' };
    assert.deepEqual(authorise(open, peer, 'switch'), {
      allowed: true,
      principal: { name: 'anyone', role: 'engineer', via: 'http', address: '192.168.1.7' },
    });
  });

  it('lets an allowed origin in only where everything else is right', () => {
    const policy: AccessPolicy = { origins: ['https://scada.example'], open: false };
    const peer: Peer = { ...here, origin: 'https://scada.example' };
    assert.equal(verdict(policy, peer), 'allowed');
    assert.match(verdict(policy, { ...peer, forwarded: true }), /proxy/);
    assert.match(verdict(policy, { ...peer, address: '10.0.0.9' }), /only this machine/);
    assert.match(verdict(closed, peer), /^web pages of https:\/\/scada\.example may not/);
  });

  it('closes DNS rebinding: a name that leads here is not this machine', () => {
    const origin = 'http://rebound.example:1880';
    assert.match(verdict(closed, { ...here, host: 'rebound.example:1880', origin }), /the host must be/);
  });
});

describe('originAllowed', () => {
  const allowed = (part: Partial<Peer>, policy = closed): boolean =>
    originAllowed(policy, { ...here, ...part });

  it('takes the origins of the settings letter by letter', () => {
    const policy: AccessPolicy = { origins: ['https://scada.example'], open: false };
    assert.equal(allowed({ origin: 'https://scada.example' }, policy), true);
    for (const origin of [
      'http://scada.example',
      'https://scada.example:8443',
      'https://scada.example.evil.example',
      'https://a.scada.example',
      'https://scada.example/',
    ]) {
      assert.equal(allowed({ origin, host: 'plant.example' }, policy), false, origin);
    }
  });

  it('takes a page of the same host and port, in any letter case', () => {
    assert.equal(allowed({ host: 'Plant.Example:1880', origin: 'http://plant.example:1880' }), true);
    assert.equal(allowed({ host: 'plant.example', origin: 'http://plant.example' }), true);
    assert.equal(allowed({ host: 'plant.example:1880', origin: 'http://plant.example' }), false);
  });

  it('refuses what is no origin', () => {
    for (const origin of ['null', '', 'localhost:3000', 'file://', '*']) {
      assert.equal(allowed({ origin }), false, origin);
    }
  });

  it('takes a page of this machine only if the request is from and for this machine', () => {
    const origin = 'http://[::1]:3000';
    assert.equal(allowed({ origin }), true);
    assert.equal(allowed({ origin, address: '10.0.0.9' }), false);
    assert.equal(allowed({ origin, host: 'plant.example' }), false);
  });
});

describe('isLoopbackAddress', () => {
  for (const address of ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::FFFF:127.9.9.9']) {
    it(`takes ${address}`, () => assert.equal(isLoopbackAddress(address), true));
  }
  for (const address of [
    '',
    '0.0.0.0',
    '128.0.0.1',
    '10.127.0.1',
    '::',
    '::2',
    '::ffff:10.0.0.1',
    '127.0.0.1.evil.example',
    '127.1',
    'localhost',
  ]) {
    it(`refuses ${JSON.stringify(address)}`, () => assert.equal(isLoopbackAddress(address), false));
  }
});

describe('isLoopbackHost', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:1880',
    'app.localhost:3000',
    '127.0.0.1',
    '127.0.0.1:1880',
    '[::1]',
    '[::1]:1880',
  ]) {
    it(`takes ${host}`, () => assert.equal(isLoopbackHost(host), true));
  }
  for (const host of [
    undefined,
    '',
    'plant.example',
    'localhost.evil.example',
    'notlocalhost',
    'user@localhost',
    'localhost/path',
    '127.0.0.1.evil.example',
    '[::2]',
    '10.0.0.1:1880',
    'local host',
  ]) {
    it(`refuses ${JSON.stringify(host)}`, () => assert.equal(isLoopbackHost(host), false));
  }
});
