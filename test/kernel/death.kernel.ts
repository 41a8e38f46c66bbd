/** What becomes of the pins when a process that holds relays dies, and when the next one starts. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DRIVERS } from './factory.ts';
import type { Driver } from './factory.ts';
import { freeLines, levels, pull, sampled, traced } from './pins.ts';

type States = Record<string, boolean | null>;

/** Named by what they start as. */
const CHANNELS = [
  { id: 'off', line: 4, start: 'off' },
  { id: 'on', line: 5, start: 'on' },
  { id: 'hold', line: 6, start: 'hold' },
  { id: 'was-on', line: 7, start: 'restore' },
  { id: 'was-off', line: 8, start: 'restore' },
  { id: 'low-off', line: 9, start: 'off', activeLow: true },
];
const LINES = CHANNELS.map(({ line }) => line);

/** `plant.ts`, with a hand on it. */
class Process {
  readonly #child;
  readonly #said: AsyncIterator<string>;

  constructor(driver: Driver, folder: string) {
    const script = join(import.meta.dirname, 'plant.ts');
    this.#child = spawn(process.execPath, [script, driver, folder, JSON.stringify(CHANNELS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#said = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async states(): Promise<States> {
    const { value, done } = await this.#said.next();
    assert.ok(!done, 'the process ended');
    return JSON.parse(value) as States;
  }

  command(relay: string, action: 'on' | 'off'): Promise<States> {
    this.#child.stdin.write(`${relay} ${action}\n`);
    return this.states();
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<[code: number | null, signal: string | null]> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return [null, null];
    const exit = once(this.#child, 'exit') as Promise<[number | null, string | null]>;
    this.#child.kill(signal);
    return exit;
  }
}

for (const driver of DRIVERS) {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    describe(`${driver} when its process is ended by ${signal}, and the next one starts`, () => {
      let folder: string;
      let running: Process | undefined;
      before(() => {
        freeLines();
        // An active low relay is off while nobody drives it.
        pull(9, true);
        folder = mkdtempSync(join(tmpdir(), 'factory-iot-death-'));
      });
      after(async () => {
        await running?.end('SIGKILL');
        rmSync(folder, { recursive: true });
        freeLines();
      });

      it('has its relays on', async () => {
        running = new Process(driver, folder);
        assert.deepEqual(await running.states(), {
          off: false,
          on: true,
          hold: false,
          'was-on': false,
          'was-off': false,
          'low-off': false,
        });
        for (const relay of ['off', 'hold', 'was-on', 'low-off']) await running.command(relay, 'on');
        assert.deepEqual(levels(...LINES), [true, true, true, true, false, false]);
      });

      it('writes nothing to the lines; whether they stay is up to the driver', async () => {
        let ended: unknown;
        const events = await traced(async () => {
          ended = await running!.end(signal);
        });
        assert.deepEqual(ended, signal === 'SIGTERM' ? [0, null] : [null, 'SIGKILL']);
        assert.deepEqual([...events], []);
        assert.deepEqual(
          levels(...LINES),
          // Nobody's lines: this chip goes back to their pull. What is exported stays so, with its level.
          driver === 'chardev'
            ? [false, false, false, false, false, true]
            : [true, true, true, true, false, false],
        );
      });

      it('starts each relay as it is set, without a moment at another level', async () => {
        // What is found: a chip that keeps the levels of lines that nobody has.
        if (driver === 'chardev') pull(6, true);
        let states: States = {};
        let samples = { low: 0, high: 0 };
        const events = await traced(async () => {
          samples = await sampled(
            6,
            async () => {
              running = new Process(driver, folder);
              states = await running.states();
            },
            1,
          );
        });
        assert.deepEqual(states, {
          off: false,
          on: true,
          hold: true,
          'was-on': true,
          'was-off': false,
          'low-off': false,
        });
        assert.deepEqual(levels(...LINES), [false, true, true, true, false, true]);
        const written = LINES.map((line) => events.get(line)?.filter((what) => what.startsWith('set')) ?? []);
        // The character device makes an output of what it found; an exported one is one, and is not written.
        const held = driver === 'chardev' ? ['set 1'] : [];
        assert.deepEqual(written, [['set 0'], ['set 1'], held, ['set 1'], ['set 0'], ['set 1']]);
        assert.equal(samples.low, 0);
        assert.ok(samples.high > 0);
      });
    });
  }
}
