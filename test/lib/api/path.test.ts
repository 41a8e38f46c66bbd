import assert from 'node:assert/strict';
import { basePath, below, pathOf, segmentsOf } from '../../../lib/api/path.ts';

describe('paths of the API', () => {
  it('takes base paths however they are written', () => {
    for (const given of ['/api', 'api', '/api/', '//api//', '  /api ']) assert.equal(basePath(given), '/api');
    assert.equal(basePath('/plant/v1.0/a_b~c-d'), '/plant/v1.0/a_b~c-d');
  });

  for (const given of ['', '/', ' ', '/a//b', '/a b', '/a/:id', '/a*', '/a?b', '/%61', '/é', '/a(b)']) {
    it(`refuses ${JSON.stringify(given)} as a base path`, () => {
      assert.throws(() => basePath(given), { code: 'config', remedy: /such as \/api/ });
    });
  }

  it('cuts the query off', () => {
    assert.equal(pathOf('/a/b?c=/d?e'), '/a/b');
    assert.equal(pathOf('/a#b?c'), '/a');
    assert.equal(pathOf('/a'), '/a');
    assert.equal(pathOf(''), '');
  });

  it('tells what is below a prefix, in any letter case, by whole names', () => {
    assert.equal(below('/api/devices', '/api'), '/devices');
    assert.equal(below('/API/Devices', '/api'), '/Devices');
    assert.equal(below('/api', '/API'), '/');
    assert.equal(below('/api/', '/api'), '/');
    assert.equal(below('/api//x', '/api'), '//x');
    assert.equal(below('/x', ''), '/x');
    for (const other of ['/apiary', '/ap', '/', '', '//api/x', '/x/api', '/%61pi']) {
      assert.equal(below(other, '/api'), undefined, other);
    }
  });

  it('decodes each name by itself', () => {
    assert.deepEqual(segmentsOf('/devices/a%20b'), ['devices', 'a b']);
    assert.deepEqual(segmentsOf('/devices/a%2Fb/'), ['devices', 'a/b']);
    assert.deepEqual(segmentsOf('/devices/%F0%9F%98%80'), ['devices', '😀']);
    assert.deepEqual(segmentsOf('/devices/%00'), ['devices', '\u0000']);
    assert.deepEqual(segmentsOf('/devices/%2e%2e/x'), ['devices', '..', 'x']);
    assert.deepEqual(segmentsOf('//devices'), ['', 'devices']);
    assert.deepEqual(segmentsOf('/'), ['']);
  });

  for (const path of ['/%', '/a/%zz', '/%e9', '/%f0%9f', '/%c0%80']) {
    it(`refuses ${path}`, () => {
      assert.throws(() => segmentsOf(path), { code: 'invalid', remedy: /encodeURIComponent/ });
    });
  }
});
