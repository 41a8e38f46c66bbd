/** All of it together: what deploys, commands at the same moment and the end of the process do to the pins. */
import assert from 'node:assert/strict';
import { DRIVERS, Factory, flowOf } from './factory.ts';
import { freeLines, levels, pull, sampled, traced } from './pins.ts';

const DEPLOYS = 20;
const COMMANDS = 160;
const AT_ONCE = 4;
const CHANGE_OVER_MS = 50;
const reversing = { rules: { interlock: 'reversing', changeOver: CHANGE_OVER_MS } };
const RELAYS = [
  { id: 'one', line: 4, end: 'off' },
  { id: 'low', line: 5, end: 'on', activeLow: true },
  { id: 'two', line: 6, end: 'hold' },
  { id: 'forward', line: 8, ...reversing },
  { id: 'reverse', line: 9, ...reversing },
];

for (const driver of DRIVERS) {
  describe(`Node-RED with lines by ${driver}`, function () {
    this.timeout(120_000);
    const flow = flowOf(driver, RELAYS);
    let factory: Factory;
    before(async () => {
      freeLines();
      // An active low relay is off while nobody drives it.
      pull(5, true);
      factory = new Factory();
      await factory.start(flow);
    });
    after(async () => {
      await factory.remove();
      freeLines();
    });

    const command = async (relay: string, action: 'on' | 'off'): Promise<void> =>
      assert.deepEqual(await factory.command(relay, action), { status: 200, code: 'done' });

    it(`moves no line in ${DEPLOYS} full deploys`, async () => {
      await command('one', 'on');
      await command('low', 'on');
      assert.deepEqual(levels(4, 5, 6), [true, false, false]);
      let samples = { low: 0, high: 0 };
      const events = await traced(async () => {
        samples = await sampled(
          4,
          async () => {
            for (let turn = 0; turn < DEPLOYS; turn++) await factory.deploy(flow);
          },
          2,
        );
      });
      assert.deepEqual([...events], []);
      assert.equal(samples.low, 0);
      assert.ok(samples.high > DEPLOYS, 'the pin was looked at');
      const { one, low, two } = await factory.known();
      assert.deepEqual([one, low, two], [true, true, false]);
      assert.deepEqual(levels(4, 5, 6), [true, false, false]);
    });

    it(`has never two relays of an interlock on, of ${AT_ONCE} who switch at once and a deploy amid them`, async () => {
      const lines = new Map([
        [8, 'forward'],
        [9, 'reverse'],
      ]);
      const on = new Map([...lines.keys()].map((line) => [line, false]));
      const answers = new Map<unknown, number>();
      const switchings: string[] = [];
      let last = { line: 0, at: -Infinity };
      let shortest = Infinity;
      let left = COMMANDS;
      const hammer = async (): Promise<void> => {
        while (left-- > 0) {
          const relay = Math.random() < 0.5 ? 'forward' : 'reverse';
          const { code } = await factory.command(relay, Math.random() < 0.5 ? 'on' : 'off');
          answers.set(code, (answers.get(code) ?? 0) + 1);
          if (left === COMMANDS / 2) await factory.deploy(flow);
        }
      };
      await traced(
        async () => {
          await Promise.all(Array.from({ length: AT_ONCE }, hammer));
          for (const relay of lines.values()) await factory.command(relay, 'off');
        },
        (line, what, at) => {
          const relay = lines.get(line);
          if (!relay || !what.startsWith('set')) return;
          const isOn = what === 'set 1';
          on.set(line, isOn);
          assert.ok([...on.values()].filter(Boolean).length <= 1, `both are on after ${relay} ${what}`);
          switchings.push(`${relay} ${isOn}`);
          if (isOn && last.line !== line) shortest = Math.min(shortest, at - last.at);
          if (!isOn) last = { line, at };
        },
      );
      const counts = Object.fromEntries(answers);
      console.log(`      ${JSON.stringify(counts)}; change-over ${shortest.toFixed(1)} ms at least`);
      for (const relay of lines.values()) assert.ok(switchings.includes(`${relay} true`), `${relay} was on`);
      assert.ok(counts['interlocked']! > 0, 'both were wanted at once');
      assert.ok(Number.isFinite(shortest), 'one was on after the other');
      // The kernel's clock and ours need not agree to the last digit.
      assert.ok(shortest > CHANGE_OVER_MS - 1, `the change-over took ${shortest} ms`);
      assert.deepEqual(levels(8, 9), [false, false]);
    });

    it('makes of its relays what they are to be at the end, when it is stopped', async () => {
      await factory.command('low', 'off');
      await factory.command('two', 'on');
      assert.deepEqual(levels(4, 5, 6), [true, true, true]);
      let ended: unknown;
      const events = await traced(async () => {
        ended = await factory.end('SIGTERM');
      });
      assert.deepEqual(ended, { code: 0, signal: null }, factory.said);
      assert.deepEqual(
        [4, 5, 6].map((line) => events.get(line) ?? []),
        [['set 0'], ['set 0'], []],
      );
      // Through the character device the lines are nobody's then, and this chip goes back to their pull; exported ones stay.
      assert.deepEqual(levels(4, 5, 6), driver === 'chardev' ? [false, true, false] : [false, false, true]);
    });
  });
}
