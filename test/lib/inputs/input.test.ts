import assert from 'node:assert/strict';
import { isoTime } from '../../../lib/base/clock.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { InputDirectory } from '../../../lib/inputs/directory.ts';
import { Input, type InputChange } from '../../../lib/inputs/input.ts';
import { parseInputId } from '../../../lib/inputs/settings.ts';

describe('an input', () => {
  let clock: FakeClock;
  let input: Input;
  let told: InputChange[];

  const make = (debounce = 0): void => {
    clock = new FakeClock();
    input = new Input({ id: 'door1', clock, debounce });
    told = [];
    input.events.on('change', (change) => told.push(change));
  };
  const say = (level: boolean, more: object = {}): void => input.take({ level, at: clock.now(), ...more });
  const levels = (): unknown[] => told.map(({ input: now }) => now?.level);
  afterEach(() => {
    input.close();
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  it('is not known before the first reading, and tells each change once', () => {
    make();
    const start = isoTime(clock.now());
    assert.deepEqual(input.state, { id: 'door1', level: null, quality: 'bad', since: start });
    const cause = { from: 'mqtt' };
    say(true, { cause });
    clock.advance(10);
    say(true);
    say(false);
    assert.deepEqual(levels(), [true, false]);
    assert.equal(told[0]!.cause, cause);
    assert.equal(told[0]!.previous?.level, null);
    assert.equal(told[1]!.previous?.level, true);
    assert.deepEqual(input.state, {
      id: 'door1',
      level: false,
      quality: 'good',
      since: isoTime(clock.now()),
    });
  });

  it('counts a change once it has lasted, from when it began', () => {
    make(50);
    say(false);
    assert.deepEqual(levels(), [false], 'the first one counts at once');
    const began = clock.now();
    say(true, { cause: { first: true } });
    clock.advance(30);
    say(true, { cause: { first: false } });
    clock.advance(19);
    assert.deepEqual(levels(), [false]);
    clock.advance(1);
    assert.deepEqual(levels(), [false, true]);
    assert.equal(input.state.since, isoTime(began));
    assert.deepEqual(told[1]!.cause, { first: true });
  });

  it('takes what goes back meanwhile for nothing', () => {
    make(50);
    say(false);
    for (let bounce = 0; bounce < 10; bounce++) {
      clock.advance(20);
      say(bounce % 2 === 0);
    }
    clock.advance(1000);
    assert.deepEqual(levels(), [false]);
  });

  it('tells of a quality that changes alone', () => {
    make(50);
    say(true, { quality: 'uncertain' });
    clock.advance(10);
    say(true);
    assert.deepEqual(
      told.map(({ input: now }) => now?.quality),
      ['uncertain', 'good'],
    );
  });

  it('is lost once for each reason, and then begins anew', () => {
    make(50);
    say(true);
    clock.advance(100);
    say(false);
    input.lose('unplugged');
    clock.advance(100);
    input.lose('unplugged');
    assert.deepEqual(levels(), [true, null], 'what was still waited for never counts');
    const { level, quality, reason } = input.state;
    assert.deepEqual([level, quality, reason], [null, 'bad', 'unplugged']);
    input.lose('held');
    say(false);
    assert.deepEqual(levels(), [true, null, null, false], 'at once');
    assert.equal(input.state.reason, undefined);
  });

  it('takes nothing older than what its source said, unless a clock was set back', () => {
    make();
    clock.advance(1000);
    const given = clock.now();
    say(true, { given });
    const older = { level: false, at: given - 20, given: given - 20 };
    assert.throws(
      () => input.take(older),
      (error: unknown) => error instanceof FactoryError && error.code === 'stale',
    );
    assert.deepEqual(levels(), [true]);
    clock.jump(-10);
    input.take(older);
    assert.deepEqual(levels(), [true, false]);
  });

  it('does not compare the time of its source with the time at which it was lost, or told without a time', () => {
    make();
    const given = clock.now() - 5000;
    say(true, { at: given, given });
    input.lose('bad');
    say(true, { at: given, given });
    say(false);
    say(true, { at: given, given });
    assert.deepEqual(levels(), [true, null, true, false, true]);
    assert.equal(input.state.quality, 'good');
  });

  it('knows by a replay what it did not know, marks it, and learns nothing else from it', () => {
    make(50);
    const replay = { isReplayed: true, quality: 'uncertain', reason: 'replayed' };
    say(true, replay);
    assert.deepEqual(
      [told[0]!.isReplayed, input.state.level, input.state.quality],
      [true, true, 'uncertain'],
    );
    assert.equal(input.state.reason, 'replayed');
    say(true);
    assert.deepEqual(
      [input.state.quality, input.state.reason, told[1]!.isReplayed],
      ['good', undefined, undefined],
    );
    say(true, replay);
    assert.equal(told.length, 2, 'what is known at first hand is not made uncertain');
    const given = clock.now();
    say(true, { given });
    say(false, { ...replay, given: given - 1 });
    clock.advance(100);
    assert.equal(told.length, 2, 'an older replay is nothing new');
  });

  it('is in the directory of its plant under its name in either form, without twins', () => {
    clock = new FakeClock();
    const directory = new InputDirectory();
    const options = { clock, debounce: 0 };
    input = new Input({ id: parseInputId('دمای'), ...options });
    const leave = directory.add(input);
    assert.equal(directory.get('دماي')?.id, input.id);
    assert.throws(() => directory.add(new Input({ id: 'دماي', ...options })), { code: 'config' });
    leave();
    assert.equal(directory.get('دماي'), undefined);
    assert.equal(parseInputId('Tür'.normalize('NFD')), 'Tür');
  });

  it('is in the directory of its plant under its id, once', () => {
    make();
    const directory = new InputDirectory();
    const heard: InputChange[] = [];
    directory.events.on('change', (change) => heard.push(change));
    const leave = directory.add(input);
    say(true);
    assert.equal(directory.get('door1')?.level, true);
    assert.deepEqual(directory.list(), [input.state]);
    const second = new Input({ id: 'door1', clock, debounce: 0 });
    assert.throws(() => directory.add(second), /has an input "door1" already/);
    leave();
    leave();
    assert.equal(directory.get('door1'), undefined);
    assert.deepEqual(
      heard.map(({ id, input: now }) => [id, now?.level]),
      [
        ['door1', null],
        ['door1', true],
        ['door1', undefined],
      ],
    );
    say(false);
    assert.equal(heard.length, 3);
    directory.add(second);
    leave();
    assert.equal(directory.get('door1'), second.state);
  });
});
