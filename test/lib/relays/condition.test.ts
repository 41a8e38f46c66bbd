import assert from 'node:assert/strict';
import { parseChannels } from '../../../lib/relays/channels.ts';
import { MAX_CONDITIONS, parseConditions } from '../../../lib/relays/condition.ts';
import { holds, tell, type Reading } from '../../../lib/relays/reading.ts';

const EMPTY = { source: 'device', id: 'tank', op: 'is', value: true };

describe('the conditions of a channel', () => {
  it('are read, with what is left out', () => {
    assert.deepEqual(parseConditions(undefined, 'trips', 'x'), []);
    assert.deepEqual(parseConditions([EMPTY], 'trips', 'x'), [{ ...EMPTY, reason: '', lost: 'trip' }]);
    const whole = [
      { source: 'device', id: 'level', op: 'below', value: 4.5, reason: 'tank empty', lost: 'ignore' },
      { source: 'input', id: 'door', op: 'is-not', value: true, reason: '', lost: 'trip' },
      { source: 'topic', id: 'plant/tank/empty', op: 'is', value: 'true', reason: '', lost: 'trip' },
      { source: 'device', id: 'motor', op: 'bad', value: null, reason: '', lost: 'trip' },
    ];
    assert.deepEqual(parseConditions(whole, 'trips', 'x'), whole);
  });

  it('name their sources as they are compared', () => {
    const [condition] = parseConditions([{ ...EMPTY, id: 'Ka\u0308lte' }], 'trips', 'x');
    assert.equal(condition?.id, 'K\u00e4lte');
  });

  for (const [wrong, message] of [
    ['x', /trips of pump must be an array/],
    [Array.from({ length: MAX_CONDITIONS + 1 }, () => EMPTY), /are 9, at most 8/],
    [[5], /condition 1 of the trips of pump must be an object/],
    [[EMPTY, { ...EMPTY, when: 1 }], /condition 2 .* has no "when"/],
    [[{ ...EMPTY, source: 'relay' }], /source of condition 1 .* not "relay"/],
    [[{ ...EMPTY, id: '' }], /condition 1 .*: the device id ""/],
    [[{ ...EMPTY, id: 7 }], /must name its device, not a number/],
    [[{ ...EMPTY, source: 'topic', id: '' }], /topic must not be empty/],
    [[{ ...EMPTY, source: 'topic', id: 'a/#' }], /no wildcard/],
    [[{ ...EMPTY, source: 'topic', id: 'x'.repeat(257) }], /257 characters, at most 256/],
    [[{ ...EMPTY, op: '>' }], /comparison of condition 1 .* not ">"/],
    [[{ ...EMPTY, value: undefined }], /must compare with a number, true, false or text/],
    [[{ ...EMPTY, value: NaN }], /must compare with/],
    [[{ ...EMPTY, value: null }], /must compare with/],
    [[{ ...EMPTY, value: 'x'.repeat(201) }], /at most 200/],
    [[{ ...EMPTY, op: 'above', value: '5' }], /with a number, not a string/],
    [[{ ...EMPTY, op: 'bad' }], /compares with no value/],
    [[{ ...EMPTY, source: 'input', value: 1 }], /an input is true or false, not a number/],
    [[{ ...EMPTY, source: 'input', op: 'above', value: 1 }], /neither above nor below/],
    [[{ ...EMPTY, reason: 'x'.repeat(201) }], /reason of condition 1/],
    [[{ ...EMPTY, lost: true }], /where its source is not known .* not a boolean/],
  ] as const) {
    it(`are not ${JSON.stringify(wrong).slice(0, 60)}`, () => {
      assert.throws(() => parseConditions(wrong, 'trips', 'pump'), { code: 'config', message });
    });
  }

  it('permit nothing by a value that cannot be relied on', () => {
    const bad = [{ source: 'device', id: 'a', op: 'bad' }];
    assert.throws(() => parseConditions(bad, 'permits', 'pump'), {
      code: 'config',
      message: /permits nothing/,
    });
  });

  it('go with no start that asks nobody, and permits with no fault state on', () => {
    const channel = { id: 'pump', line: 1 };
    for (const list of ['trips', 'permits']) {
      assert.throws(() => parseChannels([{ ...channel, start: 'on', rules: { [list]: [EMPTY] } }]), {
        code: 'config',
        message: /pump, cannot start on/,
      });
    }
    assert.throws(() => parseChannels([{ ...channel, fault: 'on', rules: { permits: [EMPTY] } }]), {
      code: 'config',
      message: /it has permits/,
    });
    assert.equal(parseChannels([{ ...channel, fault: 'on', rules: { trips: [EMPTY] } }]).length, 1);
  });
});

describe('a condition', () => {
  const good = (value: Reading['value']): Reading => ({ value, quality: 'good' });
  for (const [op, value, reading, expected] of [
    ['is', true, good(true), 'yes'],
    ['is', true, good(false), 'no'],
    ['is', true, { value: true, quality: 'uncertain' }, 'yes'],
    ['is', true, { value: true, quality: 'bad' }, 'lost'],
    ['is', true, good(null), 'lost'],
    ['is', true, undefined, 'lost'],
    // Text is no truth and no number, whatever it says.
    ['is', true, good('true'), 'lost'],
    ['is', 5, good('5'), 'lost'],
    ['is', '5', good(5), 'lost'],
    ['is', 'on', good('ON'), 'no'],
    ['is-not', 5, good('5'), 'lost'],
    ['is-not', 'run', good('stop'), 'yes'],
    ['is-not', 'run', good('run'), 'no'],
    ['above', 10, good(10), 'no'],
    ['above', 10, good(10.1), 'yes'],
    ['above', 10, good('11'), 'lost'],
    ['below', 0, good(-0.1), 'yes'],
    ['below', 0, good(0), 'no'],
    ['bad', null, good(1), 'no'],
    ['bad', null, { value: 1, quality: 'uncertain' }, 'no'],
    ['bad', null, { value: 1, quality: 'bad' }, 'yes'],
    ['bad', null, good(null), 'yes'],
    ['bad', null, undefined, 'lost'],
  ] as const) {
    it(`${op} ${JSON.stringify(value)} is ${expected} for ${JSON.stringify(reading)}`, () => {
      const condition = { source: 'device', id: 'tank', op, value, reason: '', lost: 'trip' } as const;
      assert.equal(holds(condition, reading), expected);
      assert.match(tell(condition, reading), /^"tank" is /);
    });
  }
});
