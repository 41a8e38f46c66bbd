import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import type { ChipInfo } from '../../../lib/gpio/chips.ts';
import type { Holding } from '../../../lib/gpio/holding.ts';
import { parseChannels } from '../../../lib/relays/channels.ts';
import type { RunningBoard, StagedBoard } from '../../../lib/relays/plan.ts';
import { preview } from '../../../lib/relays/preview.ts';
import type { World } from '../../../lib/relays/preview.ts';
import type { Preview } from '../../../lib/relays/previewed.ts';
import type { KeptRelay } from '../../../lib/relays/relay.ts';

const linesOf = (count: number, held: Record<number, string> = {}): ChipInfo['lines'] =>
  Array.from({ length: count }, (_, line) => ({
    line,
    name: '',
    used: line in held,
    consumer: held[line] ?? '',
    direction: 'input',
    activeLow: false,
  }));
const chip = (path: string, label: string, held?: Record<number, string>): ChipInfo => ({
  path,
  name: path.slice(5),
  label,
  lines: linesOf(8, held),
});
const row = (id: string, line: number, more: object = {}): object => ({ id, line, ...more });
const staged = (id: string, channels: unknown, more: Partial<StagedBoard> = {}): StagedBoard => ({
  id,
  name: id.toUpperCase(),
  driver: 'chardev',
  chip: 'pins',
  channels,
  plant: 'p',
  restarts: true,
  ...more,
});
const running = (id: string, channels: object[], more: Partial<RunningBoard> = {}): RunningBoard => ({
  id,
  name: id.toUpperCase(),
  driver: 'chardev',
  available: true,
  channels: parseChannels(channels),
  states: new Map(channels.map((each) => [(each as { id: string }).id, true])),
  ...more,
});
const holding = (lines: number[], more: Partial<Holding> = {}): Holding => ({
  chip: 'pins',
  place: '/dev/gpiochip0',
  lines,
  remembered: [],
  ...more,
});
const world = (more: Partial<World> & { holds?: Record<string, Holding> } = {}): World => {
  const { holds = {}, ...rest } = more;
  return {
    running: [],
    holding: (board, driver) => (driver === 'chardev' ? holds[board] : undefined),
    chip: () => chip('/dev/gpiochip0', 'pins'),
    kept: () => null,
    ...rest,
  };
};
const fates = ({ boards }: Preview): string[] =>
  boards.flatMap(({ id, relays }) =>
    relays.map(({ relay, line, fate, becomes, blinks }) =>
      [`${id}.${relay}`, line, fate, becomes, blinks && 'blinks']
        .filter((part) => part !== undefined)
        .join(' '),
    ),
  );

describe('the preview of a deploy', () => {
  const ROWS = [row('one', 1), row('two', 2)];
  const here = {
    running: [running('a', ROWS)],
    holds: { a: holding([1, 2]) },
    chip: () => chip('/dev/gpiochip0', 'pins', { 1: 'factory-iot:A', 2: 'factory-iot:A' }),
  };

  it('is empty where there is nothing', () => {
    assert.deepEqual(preview([], world()), { moves: 0, problems: 0, boards: [] });
  });

  it('keeps lines of the same chip, however it is named, and tells what they are', () => {
    for (const name of ['pins', '/dev/gpiochip0', ' 0 ']) {
      const said = preview([staged('a', ROWS, { chip: name })], world(here));
      assert.deepEqual(fates(said), ['a.one 1 kept', 'a.two 2 kept'], name);
      assert.deepEqual([said.moves, said.boards[0]?.relays[0]?.state], [0, true]);
    }
  });

  it('says that all lines are nobody’s for a moment where the set of them changes', () => {
    const said = preview([staged('a', [...ROWS, row('three', 3, { start: 'hold' })])], world(here));
    assert.deepEqual(fates(said), ['a.one 1 kept blinks', 'a.two 2 kept blinks', 'a.three 3 moved as-found']);
    const fewer = preview([staged('a', [ROWS[0]])], world(here));
    assert.deepEqual(fates(fewer), ['a.one 1 kept blinks', 'a.two 2 let-go']);
    assert.equal(fewer.moves, 1);
  });

  it('lets go of everything where the chip is another one', () => {
    const there = world({ ...here, chip: () => chip('/dev/gpiochip1', 'more') });
    assert.deepEqual(
      fates(preview([staged('a', [row('one', 1, { start: 'on' })], { chip: 'more' })], there)),
      ['a.one 1 moved on', 'a.one 1 let-go', 'a.two 2 let-go'],
    );
  });

  it('lets go of the old chip even where the new one has no such line', () => {
    const there = world({ ...here, chip: () => chip('/dev/gpiochip1', 'more') });
    const said = preview([staged('a', [row('one', 9)], { chip: 'more' })], there);
    assert.deepEqual(fates(said), ['a.one 1 let-go', 'a.two 2 let-go', 'a.one 9 unavailable']);
    assert.match(said.boards[0]!.problem!.reason, /has no line 9, only 0 to 7\. Choose another line/);
  });

  it('leaves the lines as they are where the new chip cannot be looked at, or a line is not there', () => {
    const gone = world({ ...here, chip: () => new FactoryError('unavailable', 'there is no /dev/x') });
    const expected = ['a.one 1 unavailable', 'a.two 2 unavailable'];
    assert.deepEqual(fates(preview([staged('a', ROWS, { chip: '/dev/x' })], gone)), expected);
    const missing = preview([staged('a', [row('one', 9)])], world(here));
    assert.deepEqual(fates(missing), ['a.one 9 unavailable', 'a.two 2 unavailable']);
    assert.deepEqual([missing.moves, missing.problems], [0, 1]);
  });

  it('names who else has a line', () => {
    const taken = {
      ...here,
      chip: () => chip('/dev/gpiochip0', 'pins', { 1: 'A', 2: 'A', 5: 'fan control' }),
    };
    const said = preview([staged('a', [...ROWS, row('five', 5)])], world(taken));
    assert.match(said.boards[0]!.problem!.reason, /line 5 of \/dev\/gpiochip0 is held by "fan control"/);
  });

  it('gives a line from one board to another, but not to two', () => {
    const moved = [staged('b', [row('two', 2)]), staged('a', [row('one', 1)])];
    assert.deepEqual(fates(preview(moved, world(here))), [
      'b.two 2 moved off',
      'a.one 1 kept blinks',
      'a.two 2 let-go',
    ]);
    const both = preview([staged('a', ROWS), staged('b', [row('far', 2)])], world(here));
    assert.deepEqual(fates(both), ['a.one 1 kept', 'a.two 2 kept', 'b.far 2 unavailable']);
    const fresh = preview([staged('b', [row('x', 5)]), staged('c', [row('y', 5)])], world());
    assert.match(fresh.boards[1]!.problem!.reason, /line 5 .* is held by "factory-iot:B"/);
  });

  it('lets go of real lines where a board becomes simulated, whatever becomes of it then', () => {
    const simulated = staged('a', ROWS, { driver: 'simulated' });
    assert.deepEqual(fates(preview([simulated], world(here))), [
      'a.one 1 moved off',
      'a.two 2 moved off',
      'a.one 1 let-go',
      'a.two 2 let-go',
    ]);
    const twin = staged('b', [row('one', 5)], { driver: 'simulated' });
    const said = preview([twin, simulated], world(here));
    assert.deepEqual(fates(said), ['b.one 5 moved off', 'a.one 1 let-go', 'a.two 2 let-go']);
    assert.match(said.boards[1]!.problem!.reason, /has a relay "one" already, on the board "B"/);
  });

  it('leaves all as it is where the settings of the driver are wrong', () => {
    const said = preview([staged('a', ROWS, { chip: ' ' })], world(here));
    assert.deepEqual(fates(said), ['a.one 1 invalid', 'a.two 2 invalid']);
    assert.match(said.boards[0]!.problem!.reason, /on which chip its lines are\. Open the board/);
  });

  it('knows nothing to let go of where nothing is held', () => {
    const lost = world({ running: [running('a', ROWS, { available: false })] });
    assert.deepEqual(fates(preview([], lost)), []);
    assert.deepEqual(fates(preview([staged('a', [row('one', 1)])], lost)), ['a.one 1 moved off']);
  });

  it('takes drivers that it knows nothing of at their promise, that lines are held', () => {
    const mqtt = { driver: 'simulated' };
    const bus = world({
      running: [running('a', ROWS, mqtt)],
      holding: (_board, driver) => (driver === 'simulated' ? holding([1, 2], { place: '' }) : undefined),
    });
    assert.deepEqual(fates(preview([staged('a', [ROWS[0]], mqtt)], bus)), ['a.one 1 kept', 'a.two 2 let-go']);
    const other = world({ running: [running('a', ROWS, { driver: 'bus' })] });
    assert.deepEqual(fates(preview([], other)), ['a.one 1 let-go', 'a.two 2 let-go']);
  });

  it('says what a relay starts as, as far as that can be known', () => {
    const kept = (state: boolean, lock = false): KeptRelay => ({
      state,
      desired: state,
      hand: null,
      lock: lock ? { by: 'ada', since: '', why: 'belt', owner: 'hand' } : null,
      cycles: 0,
      onFor: 0,
    });
    const becomes = (start: string, known: KeptRelay | null | undefined): string | undefined =>
      preview([staged('a', [row('one', 1, { start })])], world({ kept: () => known })).boards[0]?.relays[0]
        ?.becomes;
    assert.equal(becomes('off', null), 'off');
    assert.equal(becomes('on', null), 'on');
    assert.equal(becomes('hold', null), 'as-found');
    assert.equal(becomes('restore', kept(true)), 'on');
    assert.equal(becomes('restore', null), 'off');
    assert.equal(becomes('restore', undefined), 'as-was');
    assert.equal(becomes('on', kept(true, true)), 'off');
    const back = { holds: { a: holding([], { chip: '', remembered: [1] }) } };
    assert.deepEqual(fates(preview([staged('a', [row('one', 1)])], world(back))), ['a.one 1 moved as-found']);
  });
});
