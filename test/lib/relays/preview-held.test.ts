import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { HeldLines } from '../../../lib/gpio/held-lines.ts';
import { Chip } from '../../../lib/gpio/uapi.ts';
import { outputOf, parseChannels } from '../../../lib/relays/channels.ts';
import type { StagedBoard } from '../../../lib/relays/plan.ts';
import { preview } from '../../../lib/relays/preview.ts';
import type { Preview } from '../../../lib/relays/previewed.ts';
import { FakeKernel } from '../gpio/fake-kernel.ts';

const row = (id: string, line: number, more: object = {}): object => ({ id, line, ...more });

describe('the preview of a deploy, held against what the kernel is asked', function () {
  before(function () {
    if (process.platform === 'linux') return;
    console.log('      (not tried: the lines of a kernel are those of Linux)');
    this.skip();
  });
  let kernel: FakeKernel;
  let held: HeldLines;
  let [here, there] = ['', ''];
  let rows: readonly object[];
  beforeEach(() => {
    kernel = new FakeKernel();
    [here, there] = [kernel.plug(), kernel.plug()];
    held = new HeldLines();
    rows = [];
  });
  afterEach(() => {
    held.drop();
    kernel.clean();
  });

  const deploy = (chip: string, next: readonly object[]): void => {
    const lines = parseChannels(next).map((channel) => outputOf(channel));
    held.take({ chip, consumer: 'factory-iot:A', bias: 'as-is', lines }, kernel.ioctl);
    rows = next;
  };
  const look = (path: string): ReturnType<Parameters<typeof preview>[1]['chip']> => {
    const chip = new Chip(path, kernel.ioctl);
    const lines = Array.from({ length: chip.lines }, (_, line) => chip.lineInfo(line));
    chip.close();
    return { path, name: '', label: chip.label, lines };
  };
  const ask = (chip: string, next: readonly object[]): Preview => {
    const common = { id: 'a', name: 'A', driver: 'chardev' };
    const staged: StagedBoard = { ...common, chip, channels: next, plant: 'p', restarts: true };
    const running = { ...common, available: true, channels: parseChannels(rows), states: new Map() };
    return preview([staged], {
      running: [running],
      holding: () => held.holding,
      chip: look,
      kept: () => null,
    });
  };
  const highs = (path: string): boolean[] =>
    Array.from({ length: 8 }, (_, line) => kernel.pin(path, line).high);

  const ONE = row('one', 1);
  const TWO = row('two', 2, { activeLow: true, start: 'on' });
  const THREE = row('three', 3, { start: 'on' });
  /** What the next rows are, and on which chip; before, one is off, two (active low) on, three on, and then one is on. */
  const cases: [string, 'here' | 'there', object[]][] = [
    ['nothing is changed', 'here', [ONE, TWO, THREE]],
    ['start policies are changed', 'here', [ONE, row('two', 2, { activeLow: true }), row('three', 3)]],
    ['polarities are turned round', 'here', [row('one', 1, { activeLow: true }), row('two', 2), THREE]],
    ['one is removed', 'here', [ONE, TWO]],
    [
      'some are added',
      'here',
      [ONE, TWO, THREE, row('four', 4, { start: 'on' }), row('five', 5, { activeLow: true })],
    ],
    ['one is found', 'here', [ONE, TWO, THREE, row('six', 6, { start: 'hold' })]],
    ['two change places', 'here', [row('one', 3), TWO, row('three', 1)]],
    ['one has another id', 'here', [row('pump', 1), TWO, THREE]],
    ['one has another line', 'here', [row('one', 7), TWO, THREE]],
    ['all are removed', 'here', []],
    ['the chip is another one', 'there', [ONE, TWO, THREE]],
    ['a line is not there', 'here', [ONE, TWO, row('three', 9)]],
    ['a line is not there on another chip', 'there', [row('one', 9)]],
  ];
  for (const [what, where, next] of cases) {
    it(`says what happens where ${what}`, () => {
      deploy(here, [ONE, TWO, THREE]);
      held.write(new Map([[1, true]]));
      const chip = where === 'here' ? here : there;
      const before = highs(here);
      const numbers = new Set(parseChannels(next).map(({ line }) => line));
      const isOtherSet = numbers.size !== 3 || [1, 2, 3].some((line) => !numbers.has(line));
      const said = ask(chip, next);
      const problem = said.boards[0]!.problem;
      if (problem) {
        assert.throws(
          () => deploy(chip, next),
          (error) => error instanceof FactoryError && error.toString() === problem.reason,
        );
      } else deploy(chip, next);

      for (const { relay, line, fate, becomes, blinks } of said.boards[0]!.relays) {
        if (fate === 'let-go') assert.equal(kernel.pin(here, line).consumer, undefined, relay);
        if (fate === 'unavailable' && line < 8 && where === 'here')
          assert.deepEqual(
            [kernel.pin(here, line).high, kernel.pin(here, line).consumer],
            [before[line], 'factory-iot:A'],
          );
        if (fate !== 'kept' && fate !== 'moved') continue;
        const { high, isOutput, consumer } = kernel.pin(chip, line);
        assert.deepEqual([isOutput, consumer], [true, 'factory-iot:A'], relay);
        const isSame =
          fate === 'kept' || becomes === 'turned' || becomes === 'as-other' || becomes === 'as-found';
        if (isSame) assert.equal(high, before[line], relay);
        else assert.equal(held.read([line]).get(line), becomes === 'on', relay);
        if (fate === 'kept') assert.equal(blinks ?? false, isOtherSet, relay);
      }
    });
  }

  it('takes lines that all were let go of as they are then, not as they were', () => {
    deploy(here, [ONE, THREE]);
    deploy(here, []);
    assert.equal(kernel.pin(here, 3).high, false, 'it fell back');
    assert.deepEqual(
      ask(here, [ONE, THREE]).boards[0]!.relays.map(({ becomes }) => becomes),
      ['as-found', 'as-found'],
    );
    deploy(here, [ONE, THREE]);
    assert.equal(kernel.pin(here, 3).high, false);
  });

  it('does not take what lines of another chip were for what these are', () => {
    deploy(here, [THREE]);
    deploy(here, []);
    const off = row('three', 3, { activeLow: true });
    assert.equal(ask(there, [off]).boards[0]!.relays[0]!.becomes, 'off');
    deploy(there, [off]);
    assert.equal(kernel.pin(there, 3).high, true, 'off, as it is active low');
  });
});
