import assert from 'node:assert/strict';
import { match } from '../../../lib/api/routes.ts';

describe('routes', () => {
  const served: [string, string, string, string][] = [
    ['GET', '/health', 'read', ''],
    ['GET', '/devices', 'read', ''],
    ['GET', '/devices/a%20b', 'read', 'a b'],
    ['POST', '/devices/sensor_001/value', 'write', 'sensor_001'],
    ['POST', '/devices/sensor_001/status', 'write', 'sensor_001'],
    ['GET', '/system/stats', 'read', ''],
    ['GET', '/config', 'read', ''],
    ['GET', '/relays', 'read', ''],
    ['POST', '/relays/relay1', 'switch', 'relay1'],
    ['GET', '/v2/changes', 'read', ''],
    ['POST', '/v2/command', 'switch', ''],
  ];
  for (const [method, path, deed, id] of served) {
    it(`serves ${method} ${path}`, () => {
      for (const spelling of [path, `${path}/`, path.replace(/^\/\w+/, (name) => name.toUpperCase())]) {
        const found = match(method, spelling);
        assert.equal(typeof found.handle, 'function', spelling);
        assert.deepEqual([found.deed, found.id], [deed, id], spelling);
      }
    });
  }

  it('serves HEAD as the GET it stands for', () => {
    assert.equal(match('HEAD', '/devices').handle, match('GET', '/devices').handle);
    assert.equal(match('HEAD', '/devices').deed, 'read');
    assert.equal(match('HEAD', '/relays/relay1').handle, undefined);
  });

  it('knows the letter case of an id', () => {
    assert.equal(match('GET', '/DEVICES/Sensor_A').id, 'Sensor_A');
  });

  it('tells what is served at a path where the method is not', () => {
    for (const [method, path, methods] of [
      ['POST', '/devices', ['GET', 'HEAD']],
      ['GET', '/relays/relay1', ['POST']],
      ['DELETE', '/devices/a/value', ['POST']],
      ['get', '/devices', ['GET', 'HEAD']],
    ] as const) {
      const found = match(method, path);
      assert.deepEqual([found.handle, found.methods], [undefined, methods], `${method} ${path}`);
    }
  });

  for (const path of [
    '/',
    '/none',
    '//devices',
    '/devices//',
    '/devices//value',
    '/devices/a/b',
    '/devices/a/value/b',
    '/system',
    '/__proto__',
    '/relays/a/b',
    '/devices/../devices',
  ]) {
    it(`serves nothing at ${path}`, () => {
      const found = match('GET', path);
      assert.deepEqual([found.handle, found.methods, found.id], [undefined, [], '']);
    });
  }

  it('takes what it does not serve for a switch, unless it reads', () => {
    assert.equal(match('GET', '/none').deed, 'read');
    assert.equal(match('HEAD', '/none').deed, 'read');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      assert.equal(match(method, '/none').deed, 'switch', method);
      assert.equal(match(method, '/devices').deed, 'switch', method);
    }
  });

  it('asks for a right of its own for the log', () => {
    for (const path of ['/audit', '/AUDIT/verify']) assert.equal(match('GET', path).deed, 'audit', path);
  });

  it('refuses a malformed path', () => {
    assert.throws(() => match('GET', '/devices/%'), { code: 'invalid' });
  });
});
