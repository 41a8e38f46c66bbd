import assert from 'node:assert/strict';
import { MAX_PATTERN_LENGTH, parseTopicPattern } from '../../../lib/devices/topic-pattern.ts';

describe('topic pattern', () => {
  const cases: [pattern: string, topic: string, found: object | undefined][] = [
    ['{id}', 'a', { id: 'a', attributes: {} }],
    ['{id}', 'a/b', undefined],
    ['{id}', '', undefined],
    ['plant/{area}/{id}', 'plant/north/oven', { id: 'oven', attributes: { area: 'north' } }],
    ['plant/{area}/{id}', 'plant//oven', undefined],
    ['plant/{area}/{id}', 'Plant/north/oven', undefined],
    ['plant/{area}/{id}', 'plant/north/oven/more', undefined],
    ['plant/{area}/{id}', 'plant/north', undefined],
    ['/{id}/', '/a/', { id: 'a', attributes: {} }],
    ['+/{id}', 'x/a', { id: 'a', attributes: {} }],
    ['+/{id}', '/a', { id: 'a', attributes: {} }],
    ['{id}/#', 'a', { id: 'a', attributes: {} }],
    ['{id}/#', 'a/b/c', { id: 'a', attributes: {} }],
    ['{id}/value', 'a/value', { id: 'a', attributes: {} }],
    ['{نام}/{id}', 'شمال/دما', { id: 'دما', attributes: { نام: 'شمال' } }],
    ['{id}/{toString}', 'a/b', { id: 'a', attributes: { toString: 'b' } }],
    ['{id}', '__proto__', { id: '__proto__', attributes: {} }],
  ];
  for (const [pattern, topic, found] of cases) {
    it(`${pattern} of ${JSON.stringify(topic)}`, () => {
      assert.deepEqual(parseTopicPattern(pattern).match(topic), found);
    });
  }

  for (const [pattern, message] of [
    ['', /no \{id\}/],
    ['plant/{area}', /no \{id\}/],
    ['plant/{ID}', /no \{id\}/],
    ['{id}/{id}', /\{id\} twice/],
    ['{area}/{id}/{area}', /\{area\} twice/],
    ['#/{id}', /# is not last/],
    ['x-{id}', /"x-\{id\}" is no level/],
    ['{id', /no level/],
    ['{id}/a+', /no level/],
    ['{id}/{}', /names nothing/],
    ['{id}/{a b}', /names nothing/],
    ['{id}/{__proto__}', /names nothing/],
    [`{id}/${'x'.repeat(MAX_PATTERN_LENGTH)}`, /at most 256 characters/],
  ] as const) {
    it(`refuses ${JSON.stringify(pattern.slice(0, 30))}`, () => {
      assert.throws(() => parseTopicPattern(pattern), { code: 'config', message });
    });
  }
});
