import assert from 'node:assert/strict';
import { FactoryError } from '../../lib/base/errors.ts';
import { readSettings as read, urlOf, urlsOutside } from '../../scripts/start/settings.ts';
import type { Settings } from '../../scripts/start/settings.ts';

describe('the settings of npm start', () => {
  const readSettings = (env: Record<string, string>, root: string, isAccessSet = false): Settings =>
    read(env, root, () => isAccessSet);
  const refusal = (env: Record<string, string>): FactoryError => {
    try {
      readSettings(env, '/plant');
    } catch (error) {
      if (error instanceof FactoryError) return error;
    }
    throw new Error(`accepted: ${JSON.stringify(env)}`);
  };

  it('has a default for each', () => {
    const expected = {
      port: 1880,
      host: '127.0.0.1',
      data: '/plant/.factory',
      policy: { origins: [], open: false },
    };
    assert.deepEqual(readSettings({}, '/plant'), expected);
    const empty = { PORT: '', HOST: '', FACTORY_DATA: '', FACTORY_INSECURE: '' };
    assert.deepEqual(readSettings(empty, '/plant'), expected);
  });

  it('takes a data folder as it is, or relative to the working directory', () => {
    assert.equal(readSettings({ FACTORY_DATA: '/var/lib/plant' }, '/plant').data, '/var/lib/plant');
    assert.equal(readSettings({ FACTORY_DATA: 'here' }, '/plant').data, `${process.cwd()}/here`);
  });

  for (const port of ['x', '-1', '65536', '18.5', '1e3', ' 1']) {
    it(`refuses the port ${JSON.stringify(port)}`, () => {
      const { code, message, remedy } = refusal({ PORT: port });
      assert.equal(code, 'config');
      assert.ok(message.includes('PORT') && remedy?.includes('PORT='));
    });
  }

  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1']) {
    it(`listens on ${host}`, () => assert.equal(readSettings({ HOST: host }, '/').host, host));
  }

  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'plant.example', 'localhost.example']) {
    it(`refuses ${host} unless people have to sign in or it is chosen knowingly`, () => {
      const { code, remedy } = refusal({ HOST: host });
      assert.equal(code, 'config');
      assert.ok(remedy?.includes(`npm run access -- add YOUR-NAME && HOST=${host} npm start`));
      const { policy } = readSettings({ HOST: host }, '/', true);
      assert.equal(policy.open, false);
      assert.ok(refusal({ HOST: host, FACTORY_INSECURE: '0' }));
      assert.equal(readSettings({ HOST: host, FACTORY_INSECURE: '1' }, '/').policy.open, true);
    });
  }

  it('refuses proxies that are none, before anything starts', () => {
    assert.equal(refusal({ FACTORY_PROXIES: '10.0.0.1, everyone' }).code, 'config');
  });

  it('refuses origins that no browser sends, before anything starts', () => {
    const { code, remedy } = refusal({ FACTORY_ORIGINS: 'http://localhost:3000 http://a/b' });
    assert.deepEqual([code, remedy], ['config', 'Set http://a']);
    const { policy } = readSettings({ FACTORY_ORIGINS: 'http://localhost:3000' }, '/');
    assert.deepEqual(policy.origins, ['http://localhost:3000']);
  });

  it('does not guess what an unclear switch means', () => {
    for (const value of ['true', 'yes', '2'])
      assert.equal(refusal({ FACTORY_INSECURE: value }).code, 'config');
  });

  it('names the address that this machine itself can use', () => {
    assert.equal(urlOf('127.0.0.1', 1880), 'http://127.0.0.1:1880');
    assert.equal(urlOf('0.0.0.0', 1881), 'http://127.0.0.1:1881');
    assert.equal(urlOf('::', 1881), 'http://[::1]:1881');
    assert.equal(urlOf('plant.example', 80), 'http://plant.example:80');
    assert.deepEqual(urlsOutside('127.0.0.1', 80), []);
    for (const url of urlsOutside('0.0.0.0', 80)) assert.match(url, /^http:\/\/(?!127\.)[\d.]+:80$/);
  });
});
