import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { TIME_DOUBTS } from '../../../lib/base/source-time.ts';
import { REPLAYED } from '../../../lib/devices/merge.ts';
import { Registry } from '../../../lib/devices/registry.ts';
import { Input, type InputChange } from '../../../lib/inputs/input.ts';
import { feedDevice } from '../../../lib/plant/feed-device.ts';
import { readInput, type LevelMessage } from '../../../lib/plant/read-input.ts';

describe('an input that messages feed, and the device that it feeds', () => {
  let clock: FakeClock;
  let input: Input;
  let devices: Registry;
  let told: InputChange[];
  const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

  beforeEach(() => {
    clock = new FakeClock();
    input = new Input({ id: 'door1', clock, debounce: 0 });
    devices = new Registry(clock);
    told = [];
    input.events.on('change', (change) => {
      told.push(change);
      if (change.input) feedDevice(devices, 'door', change.input, change.isReplayed);
    });
    clock.advance(60_000);
  });

  const say = (message: LevelMessage, takeRetained = false): void =>
    readInput(input, message, { clock, takeRetained });
  const both = (): unknown[] => {
    const { level, quality } = input.state;
    const device = devices.get('door');
    return [level, quality, device?.value, device?.quality];
  };

  it('are good again after a bad quality, though the source is 5 s behind each time', () => {
    say({ payload: true, timestamp: at(55_000) });
    say({ payload: true, quality: 'bad' });
    assert.deepEqual(both(), [null, 'bad', true, 'bad']);
    say({ payload: true, timestamp: at(55_000) });
    assert.deepEqual(both(), [true, 'good', true, 'good']);
    assert.equal(devices.get('door')?.source_time, at(55_000));
  });

  it('take messages with and without a time in turn', () => {
    for (const [payload, timestamp] of [
      [true, undefined],
      [false, at(30_000)],
      [true, undefined],
      [false, at(31_000)],
    ] as const) {
      say({ payload, timestamp });
      assert.deepEqual(both(), [payload, 'good', payload, 'good']);
    }
    assert.throws(() => say({ payload: true, timestamp: at(30_999) }), { code: 'stale' });
    assert.equal(input.state.level, false);
  });

  for (const [timestamp, doubt] of [
    [1_767_225_600, 'seconds'],
    ['2026-01-01T00:00:00', 'zone'],
    ['1970-01-01T00:00:01Z', 'never-set'],
    [at(14 * 86_400_000), 'future'],
    ['noon', 'unreadable'],
  ] as const) {
    it(`take a level whose timestamp is ${JSON.stringify(timestamp)}, as uncertain`, () => {
      const doubts: string[] = [];
      readInput(input, { payload: 'on', timestamp }, { clock, onDoubt: (cause) => doubts.push(cause) });
      assert.deepEqual(both(), [true, 'uncertain', true, 'uncertain']);
      assert.deepEqual(
        [input.state.reason, devices.get('door')?.reason],
        [TIME_DOUBTS[doubt], TIME_DOUBTS[doubt]],
      );
      assert.deepEqual(doubts, [doubt]);
    });
  }

  it('take a level whose timestamp is a Date at its moment, and one that can be no time as uncertain', () => {
    say({ payload: true, timestamp: new Date(at(55_000)) });
    assert.deepEqual([...both(), input.state.since], [true, 'good', true, 'good', at(55_000)]);
    say({ payload: false, timestamp: {} });
    assert.deepEqual([...both(), input.state.since], [false, 'uncertain', false, 'uncertain', at(60_000)]);
  });

  it('are uncertain after a retained message, of an unknown time, until something fresh comes', () => {
    say({ payload: true, retain: true });
    assert.deepEqual(both(), [true, 'uncertain', true, 'uncertain']);
    const { reason, source_time, presence } = devices.get('door')!;
    assert.deepEqual([told[0]?.isReplayed, reason, source_time, presence], [true, REPLAYED, null, undefined]);
    say({ payload: true });
    assert.deepEqual(both(), [true, 'good', true, 'good']);
    say({ payload: true, retain: true });
    say({ payload: '?', retain: false, quality: 'bad' });
    say({ payload: true }, true);
    assert.deepEqual(
      told.map(({ isReplayed = false }) => isReplayed),
      [true, false, false, false],
    );
  });

  it('take a retained message for fresh where that is set', () => {
    say({ payload: true, retain: true }, true);
    assert.deepEqual(both(), [true, 'good', true, 'good']);
    assert.equal(told[0]?.isReplayed, undefined);
  });

  for (const payload of ['unavailable', 'unknown', '', null, NaN, 'None']) {
    it(`know nothing after ${JSON.stringify(payload)}${Number.isNaN(payload) ? ' (NaN)' : ''}`, () => {
      say({ payload: true });
      say({ payload });
      assert.deepEqual(both(), [null, 'bad', true, 'bad']);
      assert.match(String(input.state.reason), /^the source/);
      assert.equal(devices.get('door')?.reason, input.state.reason);
    });
  }

  for (const payload of ['open', 2, {}, [true], undefined]) {
    it(`know nothing after ${JSON.stringify(payload)}, which is refused`, () => {
      say({ payload: true });
      assert.throws(() => say({ payload }), { code: 'invalid', message: /an input is on or off, not/ });
      assert.deepEqual(both(), [null, 'bad', true, 'bad']);
      assert.deepEqual([told.at(-1)?.isRefused, told.length], [true, 2]);
    });
  }

  it('are not lost by a replay that is no level', () => {
    say({ payload: true });
    say({ payload: 'unavailable', retain: true });
    assert.throws(() => say({ payload: 'open', retain: true }), { code: 'invalid' });
    assert.deepEqual(both(), [true, 'good', true, 'good']);
  });
});
