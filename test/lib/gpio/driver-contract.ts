import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import type { GpioDriver, OutputLine } from '../../../lib/gpio/driver.ts';

/** Hardware as a test needs it: a real chip, a kernel's simulated one, or none. */
export interface Bench {
  /** Another driver of the same board, as a redeploy makes one. */
  driver(): GpioDriver;
  /** The electrical level of a line as an instrument sees it, true for high. */
  level(line: number): Promise<boolean>;
  /** Puts a line that no driver has taken at a level. */
  preset(line: number, high: boolean): Promise<void>;
  /** What must be called when the test is over. */
  clean(): Promise<void>;
  /** Whether nothing can be set at the end of the process. */
  readonly endsSilently?: true;
}

const unavailable = (error: unknown): boolean =>
  error instanceof FactoryError && error.code === 'unavailable';

/** What every driver promises. `lines` are three lines of the bench that may be moved. */
export function driverContract(
  name: string,
  lines: readonly [number, number, number],
  bench: () => Bench,
): void {
  describe(`driver contract: ${name}`, () => {
    const [one, two, three] = lines;
    let at: Bench;
    let driver: GpioDriver;

    const output = (line: number, more: Partial<OutputLine> = {}): OutputLine => ({
      line,
      activeLow: false,
      initial: false,
      ...more,
    });

    const levels = (...of: number[]): Promise<boolean[]> => Promise.all(of.map((line) => at.level(line)));

    beforeEach(() => {
      at = bench();
      driver = at.driver();
    });

    afterEach(async () => {
      await driver.release();
      await at.clean();
    });

    it('sets lines on the spot at the end of the process, also when they are released, and throws nothing', async () => {
      await driver.open([output(one, { initial: true }), output(two, { initial: true, activeLow: true })]);
      driver.setAtExit(new Map([[one, false]]));
      assert.deepEqual(await levels(one, two), [at.endsSilently === true, false]);
      await driver.release();
      driver.setAtExit(new Map([[two, false]]));
      const ended = at.endsSilently ? [true, false] : [false, true];
      assert.deepEqual(await levels(one, two), ended);
      driver.setAtExit(new Map([[60_000, true]]));
      at.driver().setAtExit(new Map([[three, true]]));
      assert.equal(await at.level(three), false);
    });

    it('sets lines that it has released as long as their levels are held, unless it reaches them through flows alone', async () => {
      await driver.open([output(one, { initial: true }), output(two, { initial: true, activeLow: true })]);
      await driver.release();
      assert.equal(driver.writeHeld === undefined, at.endsSilently === true);
      driver.writeHeld?.(
        new Map([
          [one, false],
          [two, false],
        ]),
      );
      const set = at.endsSilently ? [true, false] : [false, true];
      assert.deepEqual(await levels(one, two), set);
      const isUnavailable = { code: 'unavailable' };
      if (driver.writeHeld) assert.throws(() => driver.writeHeld!(new Map([[60_000, true]])), isUnavailable);
      const other = at.driver();
      if (other.writeHeld) assert.throws(() => other.writeHeld!(new Map([[60_001, true]])), isUnavailable);
    });

    it('opens lines at what they are to be, active low ones turned round', async () => {
      await driver.open([
        output(one, { initial: true }),
        output(two, { initial: false }),
        output(three, { initial: true, activeLow: true }),
      ]);
      assert.deepEqual(
        await driver.read([one, two, three]),
        new Map([
          [one, true],
          [two, false],
          [three, true],
        ]),
      );
      assert.deepEqual(await levels(one, two, three), [true, false, false]);
    });

    it('opens a line to keep as it is found', async () => {
      await at.preset(one, true);
      await at.preset(two, true);
      await driver.open([
        output(one, { initial: 'keep' }),
        output(two, { initial: 'keep', activeLow: true }),
      ]);
      assert.deepEqual(
        await driver.read([one, two]),
        new Map([
          [one, true],
          [two, false],
        ]),
      );
      assert.deepEqual(await levels(one, two), [true, true]);
    });

    it('writes what it is told and nothing else, and reads it back', async () => {
      await driver.open([output(one), output(two), output(three, { activeLow: true })]);
      await driver.write(
        new Map([
          [one, true],
          [three, true],
        ]),
      );
      assert.deepEqual(await levels(one, two, three), [true, false, false]);
      await driver.write(new Map([[one, false]]));
      assert.deepEqual(
        await driver.read([three, one]),
        new Map([
          [three, true],
          [one, false],
        ]),
      );
    });

    it('holds the levels when it lets go, and opens them as they are', async () => {
      await driver.open([output(one), output(two, { initial: true })]);
      await driver.write(
        new Map([
          [one, true],
          [two, false],
        ]),
      );
      await driver.release();
      assert.deepEqual(await levels(one, two), [true, false]);
      driver = at.driver();
      await driver.open([output(one), output(two, { initial: true })]);
      assert.deepEqual(await levels(one, two), [true, false]);
    });

    it('opens again after letting go', async () => {
      await driver.open([output(one)]);
      await driver.release();
      await driver.open([output(one), output(two)]);
      await driver.write(new Map([[two, true]]));
      assert.equal(await at.level(two), true);
    });

    it('rejects what is not open, and moves nothing then', async () => {
      await assert.rejects(driver.write(new Map([[one, true]])), unavailable);
      await driver.open([output(one)]);
      await assert.rejects(
        driver.write(
          new Map([
            [one, true],
            [two, true],
          ]),
        ),
        unavailable,
      );
      await assert.rejects(driver.read([two]), unavailable);
      assert.equal(await at.level(one), false);
      await driver.release();
      await assert.rejects(driver.read([one]), unavailable);
    });

    it('lets go of nothing without harm', async () => {
      await driver.release();
      await driver.open([output(one)]);
      await driver.release();
      await driver.release();
      await assert.rejects(driver.read([one]), unavailable);
    });
  });
}
