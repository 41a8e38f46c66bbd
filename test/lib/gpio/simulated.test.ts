import assert from 'node:assert/strict';
import { FactoryError } from '../../../lib/base/errors.ts';
import { createDriver } from '../../../lib/gpio/drivers.ts';
import { forgetSimulated, SimulatedDriver } from '../../../lib/gpio/simulated.ts';
import { driverContract } from './driver-contract.ts';

const BOARD = 'test-board';
const output = { line: 17, activeLow: false, initial: false } as const;
const failing = (error: unknown): boolean =>
  error instanceof FactoryError && error.code === 'unavailable' && error.message.includes('made to fail');

driverContract('simulated', [17, 27, 22], () => {
  // Another driver of the same board moves the same pins: it is the instrument.
  async function probe(line: number): Promise<SimulatedDriver> {
    const meter = new SimulatedDriver(BOARD);
    await meter.open([{ line, activeLow: false, initial: 'keep' }]);
    return meter;
  }
  return {
    driver: () => new SimulatedDriver(BOARD),
    level: async (line) => (await (await probe(line)).read([line])).get(line)!,
    preset: async (line, high) => (await probe(line)).move(line, high),
    clean: () => Promise.resolve(forgetSimulated(BOARD)),
  };
});

describe('simulated driver', () => {
  let driver: SimulatedDriver;

  beforeEach(() => (driver = new SimulatedDriver(BOARD)));
  afterEach(() => forgetSimulated(BOARD));

  it('says that it is simulated', () => {
    assert.equal(driver.simulated, true);
    assert.equal(driver.verified, 'line');
  });

  it('rests with its relays off where a line is kept that nobody has moved', async () => {
    await driver.open([
      { line: 1, activeLow: false, initial: 'keep' },
      { line: 2, activeLow: true, initial: 'keep' },
    ]);
    assert.deepEqual(
      await driver.read([1, 2]),
      new Map([
        [1, false],
        [2, false],
      ]),
    );
  });

  it('has pins of its own for each board', async () => {
    const other = new SimulatedDriver('other');
    await driver.open([output]);
    await other.open([output]);
    await driver.write(new Map([[17, true]]));
    assert.deepEqual(await other.read([17]), new Map([[17, false]]));
    forgetSimulated('other');
  });

  it('forgets the pins of a board that is gone: the next one begins anew', async () => {
    await driver.open([output]);
    await driver.write(new Map([[17, true]]));
    forgetSimulated(BOARD);
    await assert.rejects(driver.read([17]), /removed/);
    await driver.open([output]);
    assert.deepEqual(await driver.read([17]), new Map([[17, false]]));
  });

  it('fails as it is told, and changes nothing then', async () => {
    driver.faults.failing.add('open');
    await assert.rejects(driver.open([output]), failing);
    driver.faults.failing.clear();
    await driver.open([output]);
    driver.faults.failing.add('write').add('read');
    await assert.rejects(driver.write(new Map([[17, true]])), failing);
    await assert.rejects(driver.read([17]), failing);
    driver.faults.failing.clear();
    assert.deepEqual(await driver.read([17]), new Map([[17, false]]));
  });

  it('has lines that stick as told, and that someone else moves', async () => {
    await driver.open([output]);
    driver.faults.stuck.add(17);
    await driver.write(new Map([[17, true]]));
    assert.deepEqual(await driver.read([17]), new Map([[17, false]]));
    driver.move(17, true);
    assert.deepEqual(await driver.read([17]), new Map([[17, true]]));
  });
});

describe('createDriver', () => {
  it('makes a simulated driver on the board of that name', async () => {
    const driver = createDriver('simulated', BOARD);
    assert.equal(driver.simulated, true);
    await driver.open([{ ...output, initial: true }]);
    const other = new SimulatedDriver(BOARD);
    await other.open([output]);
    assert.deepEqual(await other.read([17]), new Map([[17, true]]));
    forgetSimulated(BOARD);
  });

  for (const kind of ['Chardev', 'Sysfs', '', '__proto__', 'Simulated']) {
    it(`refuses the driver ${JSON.stringify(kind)}, saying which there are`, () => {
      assert.throws(
        () => createDriver(kind, BOARD),
        (error) =>
          error instanceof FactoryError &&
          error.code === 'config' &&
          error.message === `there is no driver ${JSON.stringify(kind)}` &&
          error.remedy === 'Open the board and choose one of "simulated", "chardev", "sysfs", "message"',
      );
    });
  }
});
