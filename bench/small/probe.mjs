/**
 * Loaded ahead of the program that is measured (`node --import`): tells the bench, by descriptor 3, when the outputs of the
 * simulated board are in their start state. By the clock of the bench. Plain JavaScript, as scripts/start.mjs is and for its reason.
 */
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  // The driver of the built package is the one that Node-RED loads.
  const { SimulatedDriver } = await import('../../dist/lib/gpio/simulated.js');
  const open = Reflect.get(SimulatedDriver.prototype, 'open');
  SimulatedDriver.prototype.open = async function (lines) {
    await Reflect.apply(open, this, [lines]);
    writeSync(3, `${performance.timeOrigin + performance.now()}\n`);
  };
}
