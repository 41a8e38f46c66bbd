import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { outputOf, parseChannels } from '../../../lib/relays/channels.ts';
import { NO_RULES } from '../../../lib/relays/rules.ts';
import type { KeptRelay } from '../../../lib/relays/relay.ts';
import * as limits from '../../../lib/relays/limits.ts';

const channel = { id: 'relay1', name: 'Relay 1', line: 17, activeLow: true, start: 'hold' };
const DEFAULTS = { end: 'hold', fault: 'off', beat: null, contact: null, area: '', others: false };

function refuses(value: unknown, message: string | RegExp): void {
  assert.throws(
    () => parseChannels(value),
    (error) => {
      assert.ok(error instanceof FactoryError, String(error));
      assert.equal(error.code, 'config');
      assert.equal(error.remedy, 'Open the board and correct its channels');
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
  );
}

describe('parseChannels', () => {
  it('reads a channel as it is', () => {
    assert.deepEqual(parseChannels([channel]), [{ ...channel, rules: NO_RULES, ...DEFAULTS }]);
    const rules = { ...NO_RULES, minOn: 500, interlock: 'doors', changeOver: 100 };
    assert.deepEqual(parseChannels([{ ...channel, start: 'off', rules }])[0]?.rules, rules);
  });

  it('fills in what may be left out', () => {
    assert.deepEqual(parseChannels([{ id: 'a', line: 0 }]), [
      { id: 'a', name: 'a', line: 0, activeLow: false, start: 'off', rules: NO_RULES, ...DEFAULTS },
    ]);
    assert.equal(parseChannels([{ ...channel, name: '  ' }])[0]!.name, 'relay1');
  });

  it('takes as many channels as allowed, in their order, up to the last line', () => {
    const many = Array.from({ length: limits.MAX_CHANNELS }, (_, index) => ({
      id: `r${index}`,
      line: limits.MAX_LINE - index,
    }));
    assert.deepEqual(
      parseChannels(many).map(({ id }) => id),
      many.map(({ id }) => id),
    );
    refuses([...many, { id: 'more', line: 0 }], 'the board has 65 channels, at most 64 are allowed');
  });

  it('takes no channels at all: a board may be set up later', () => {
    assert.deepEqual(parseChannels([]), []);
  });

  it('refuses what is no list of channels', () => {
    refuses(undefined, 'channels must be an array, not undefined');
    refuses({}, 'channels must be an array, not an object');
    refuses([channel, null], 'channel 2 must be an object, not null');
    refuses([['relay1']], 'channel 1 must be an object, not an array');
  });

  const wrong: [name: string, part: object, message: string | RegExp][] = [
    ['no id', { id: undefined }, 'the id of channel 1 must be text, not undefined'],
    ['an empty id', { id: '' }, /^channel 1: the relay id "" must begin with a letter or digit/],
    ['an id with a space', { id: 'relay 1' }, /^channel 1: the relay id "relay 1" must/],
    ['an id with a slash', { id: 'a/b' }, /^channel 1: the relay id "a\/b" must/],
    ['a reserved id', { id: '__proto__' }, /^channel 1: the relay id "__proto__" is reserved/],
    ['a long id', { id: 'x'.repeat(65) }, 'channel 1: relay id has 65 characters, at most 64 are allowed'],
    ['a name that is no text', { name: 7 }, 'the name of channel 1 must be text, not a number'],
    ['a long name', { name: 'x'.repeat(201) }, 'the name of channel 1 is longer than 200 characters'],
    ['no line', { line: undefined }, /^the line of channel 1 must be .* not undefined/],
    ['a line as text', { line: '17' }, /^the line of channel 1 must be .* not a string/],
    ['a negative line', { line: -1 }, 'the line of channel 1 must be a whole number from 0 to 65535, not -1'],
    ['half a line', { line: 1.5 }, /not 1\.5$/],
    ['a line too far', { line: 65_536 }, /not 65536$/],
    ['NaN', { line: Number.NaN }, /not NaN$/],
    [
      'activeLow as text',
      { activeLow: 'false' },
      /^activeLow of channel 1 must be true or false, not a string/,
    ],
    [
      'another start',
      { start: 'keep' },
      'the start of channel 1 must be one of "off", "on", "hold", "restore", not "keep"',
    ],
    ['what it does not know', { falt: 'on' }, 'channel 1 has no "falt"'],
    ['a rule that is not among its rules', { watchdog: 5 }, 'channel 1 has no "watchdog"'],
    ['another fault state', { fault: 'keep' }, /^the fault state of channel 1 must be one of "hold"/],
    [
      'a fault state that breaks an interlock',
      { fault: 'on', rules: { interlock: 'doors' } },
      'channel 1, relay1, cannot be on where something is wrong: it has interlock',
    ],
    ['one that its time ends', { fault: 'on', rules: { maxOn: 5 } }, /it has maxOn$/],
    ['a heartbeat too fast', { beat: 49 }, 'the beat of channel 1 must be from 50 to 60000 ms, not 49'],
    ['a heartbeat as text', { beat: '500' }, /not a string$/],
    ['a heartbeat with rules', { beat: 500, rules: { minOn: 5 } }, /nobody switches: it has no rules$/],
    ['a start that is no text', { start: true }, /^the start of channel 1 must be .* not a boolean/],
  ];
  for (const [name, part, message] of wrong) {
    it(`refuses ${name}`, () => refuses([{ ...channel, ...part }], message));
  }

  it('takes an area of any script, and none where it is empty', () => {
    const area = (given: unknown): string => parseChannels([{ ...channel, area: given }])[0]!.area;
    for (const name of ['hall-1', 'Halle 2.b_c', 'سالن ۲', 'نیم\u200cطبقه', '1'])
      assert.equal(area(name), name);
    assert.equal(area(' hall-1 '), 'hall-1');
    assert.equal(area('Ka\u0308lte'), 'K\u00e4lte');
    for (const none of [undefined, null, '', '  ']) assert.equal(area(none), '');
  });

  for (const area of [7, [], '-a', '.', 'a/b', '<b>', 'a\nb', 'a\u202eb', 'a\u200b', 'x'.repeat(65)]) {
    it(`takes no area ${JSON.stringify(area).slice(0, 20)}`, () => {
      assert.throws(() => parseChannels([{ ...channel, area }]), { code: 'config', message: /channel 1/ });
    });
  }

  it('refuses two channels of one id or one line, naming both', () => {
    const other = { id: 'relay2', line: 27 };
    refuses([channel, other, { ...other, id: 'relay1' }], 'channels 1 and 3 have the same id "relay1"');
    refuses([channel, other, { id: 'relay3', line: 27 }], 'channels 2 and 3 have the same line 27');
  });
});

describe('outputOf', () => {
  const free = { lock: null, desired: null };
  const initial = (part: object, known: Partial<KeptRelay> = {}, staggered = false): boolean | 'keep' =>
    outputOf(parseChannels([{ ...channel, ...part }])[0]!, { ...free, ...known }, staggered).initial;

  it('says what the line is to be, "hold" being what it is', () => {
    const [first] = parseChannels([channel]);
    assert.deepEqual(outputOf(first!), { line: 17, activeLow: true, initial: 'keep' });
    assert.equal(initial({ start: 'on' }), true);
    assert.equal(initial({ start: 'off' }), false);
  });

  it('restores what was wanted, in its turn where they take turns', () => {
    assert.equal(initial({ start: 'restore' }), false, 'nothing was');
    assert.equal(initial({ start: 'restore' }, { desired: true }), true);
    assert.equal(initial({ start: 'restore' }, { desired: true }, true), 'keep');
    assert.equal(initial({ start: 'restore' }, { desired: false }, true), false);
  });

  it('starts nothing that is locked out, but in its fault state what is so for safety', () => {
    const lock = { by: 'ada', why: 'belt', since: 'then', owner: 'hand' } as const;
    for (const start of ['on', 'hold', 'restore']) {
      assert.equal(initial({ start, fault: 'on' }, { lock, desired: true }), false);
    }
    const tripped = { ...lock, owner: 'safety' } as const;
    for (const [fault, level] of [
      ['off', false],
      ['on', true],
      ['hold', 'keep'],
    ] as const) {
      assert.equal(initial({ start: 'on', fault }, { lock: tripped }), level);
    }
  });

  it('starts a heartbeat at rest', () => {
    assert.equal(initial({ start: 'on', beat: 500 }), false);
  });
});
