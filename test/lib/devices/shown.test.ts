import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { Registry } from '../../../lib/devices/registry.ts';
import { shownValue } from '../../../lib/devices/shown.ts';

describe('the value in the status of a node', () => {
  const shown = (value: number | string | boolean | null, unit: string): string =>
    shownValue(new Registry(new FakeClock()).write({ id: 'a', value, unit }));

  it('has the digits that say something, with the unit', () => {
    assert.equal(shown(4.2299999999999995, 'kW'), '4.23 kW');
    assert.equal(shown(1.3e-6, 'mbar'), '1.3 × 10⁻⁶ mbar');
    assert.equal(shown(602_000_000_000_000, ''), '6.02 × 10¹⁴');
    assert.equal(shown(-0, '°C'), '0 °C');
    assert.equal(shown('running', 'status'), 'running status');
    assert.equal(shown(true, ''), 'true');
    assert.equal(shown(NaN, '°C'), '–');
  });
});
