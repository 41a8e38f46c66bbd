import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { parseFilter } from '../../../lib/devices/filter.ts';
import { Registry } from '../../../lib/devices/registry.ts';

describe('filter', () => {
  const registry = new Registry(new FakeClock());
  registry.write({
    id: 'oven_1',
    name: 'Oven North',
    type: 'temperature',
    value: 180,
    attributes: { area: 'north', line: 1 },
  });
  registry.write({
    id: 'oven_2',
    name: 'Oven South',
    type: 'temperature',
    value: 175,
    status: 'error',
    presence: 'online',
  });

  registry.write({ id: 'belt', name: 'نوار نقاله', type: 'conveyor', value: 1, quality: 'bad' });
  const ids = (filter: unknown): string[] => registry.list(parseFilter(filter)).map(({ id }) => id);

  const cases: [filter: unknown, found: string[]][] = [
    [{}, ['oven_1', 'oven_2', 'belt']],
    [undefined, ['oven_1', 'oven_2', 'belt']],
    [null, ['oven_1', 'oven_2', 'belt']],
    [1_767_225_600_000, ['oven_1', 'oven_2', 'belt']],
    [{ id: 'belt' }, ['belt']],
    [{ id: 'belt', type: 'temperature' }, []],
    [{ id: '__proto__' }, []],
    [{ type: 'temperature' }, ['oven_1', 'oven_2']],
    [{ status: 'error' }, ['oven_2']],
    [{ quality: 'bad' }, ['belt']],
    [{ presence: 'online' }, ['oven_2']],
    [{ presence: 'offline' }, []],
    [{ search: 'NORTH' }, ['oven_1']],
    [{ search: 'en_2' }, ['oven_2']],
    [{ search: 'convey' }, ['belt']],
    [{ search: 'نقاله' }, ['belt']],
    [{ search: 'nothing' }, []],
    [{ attributes: { area: 'north', line: 1 } }, ['oven_1']],
    [{ attributes: { area: 'north', line: '1' } }, []],
    [{ attributes: { area: null } }, ['oven_2', 'belt']],
    [{ attributes: { toString: null } }, ['oven_1', 'oven_2', 'belt']],
    [{ type: undefined, search: 'oven', status: 'active' }, ['oven_1']],
  ];
  for (const [filter, found] of cases) {
    it(`finds ${found.length} by ${JSON.stringify(filter)}`, () => assert.deepEqual(ids(filter), found));
  }

  for (const filter of [
    [],
    { size: 1 },
    { id: 1 },
    { status: 'ok' },
    { quality: 1 },
    { presence: 'gone' },
    { attributes: 'area' },
  ]) {
    it(`refuses ${JSON.stringify(filter)}`, () =>
      assert.throws(() => parseFilter(filter), { code: 'invalid' }));
  }

  it('refuses a search that is too long', () => {
    assert.throws(() => parseFilter({ search: 'x'.repeat(201) }), { code: 'limit' });
  });
});
