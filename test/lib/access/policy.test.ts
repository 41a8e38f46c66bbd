import assert from 'node:assert/strict';
import { authorise } from '../../../lib/access/authorise.ts';
import { isInsecure, MAX_ORIGINS, parseOrigins, parsePolicy } from '../../../lib/access/policy.ts';

describe('access policy', () => {
  for (const [given, origins] of [
    [undefined, []],
    [null, []],
    ['', []],
    [' , ', []],
    ['${FACTORY_ORIGINS}', []],
    [['${FACTORY_ORIGINS}'], []],
    ['http://localhost:3000', ['http://localhost:3000']],
    ['http://a:1, https://b  http://c\nhttp://d', ['http://a:1', 'https://b', 'http://c', 'http://d']],
    [
      ['http://a', 'http://b, http://a'],
      ['http://a', 'http://b'],
    ],
    ['http://192.0.2.7:8080 http://[::1]:3000', ['http://192.0.2.7:8080', 'http://[::1]:3000']],
    ['capacitor://localhost', ['capacitor://localhost']],
  ] as const) {
    it(`takes the origins ${JSON.stringify(given)}`, () => assert.deepEqual(parseOrigins(given), origins));
  }

  for (const [given, says] of [
    ['*', /any web page/],
    ['http://*.example', /any web page/],
    ['null', /sandboxed/],
    ['localhost:3000', /scheme:\/\/host/],
    ['panel', /scheme:\/\/host/],
    ['//panel', /scheme:\/\/host/],
    ['http://', /scheme:\/\/host/],
    ['file:///', /scheme:\/\/host/],
    ['http://a/', /exactly/],
    ['http://a/path', /exactly/],
    ['http://a?x', /exactly/],
    ['http://user:secret@a', /exactly/],
    ['http://A', /exactly/],
    ['http://a:80', /exactly/],
    ['http://a:99999', /scheme:\/\/host/],
    [5, /text/],
    [[{}], /text/],
    ['http://ok, *', /any web page/],
  ] as const) {
    it(`refuses the origins ${JSON.stringify(given)} and says why and what to do`, () => {
      assert.throws(
        () => parseOrigins(given),
        (error: { code: string; message: string; remedy: string }) =>
          error.code === 'config' && says.test(error.message) && error.remedy.length > 5,
      );
    });
  }

  it('tells how an origin is written that is nearly right', () => {
    assert.throws(() => parseOrigins('http://Panel.Example:80/app'), { remedy: 'Set http://panel.example' });
  });

  it('takes a bounded number of origins', () => {
    const many = Array.from({ length: MAX_ORIGINS + 1 }, (_, index) => `http://h${index}`);
    assert.equal(parseOrigins(many.slice(1)).length, MAX_ORIGINS);
    assert.throws(() => parseOrigins(many), { code: 'config' });
  });

  it('is open only where the environment says exactly 1', () => {
    for (const value of [undefined, '', '0', 'true', 'yes', '1 ', '01']) {
      assert.equal(isInsecure({ FACTORY_INSECURE: value }), false);
    }
    assert.deepEqual(parsePolicy('http://a', { FACTORY_INSECURE: '1' }), {
      origins: ['http://a'],
      open: true,
    });
  });

  it('makes no origin of another host or port an allowed one', () => {
    const policy = parsePolicy('http://panel:3000', {});
    const from = (origin: string): boolean =>
      authorise(
        policy,
        {
          via: 'http',
          address: '127.0.0.1',
          host: 'localhost:1880',
          origin,
          forwarded: false,
          crossSite: false,
        },
        'read',
      ).allowed;
    assert.equal(from('http://panel:3000'), true);
    for (const origin of [
      'http://panel',
      'http://panel:3001',
      'https://panel:3000',
      'http://panel:3000.evil',
    ]) {
      assert.equal(from(origin), false, origin);
    }
  });
});
