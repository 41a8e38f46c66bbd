import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import type { GpioDriver } from './driver.ts';
import { SimulatedDriver } from './simulated.ts';

/** The drivers that a board may choose, by name. */
const DRIVERS: ReadonlyMap<string, (board: string) => GpioDriver> = new Map([
  ['simulated', (board: string) => new SimulatedDriver(board)],
]);

/**
 * A driver of this kind for the board with this id. Throws `config` for a kind that there is none of: one
 * driver in the place of another would move what it should not, or nothing where it should.
 */
export function createDriver(kind: string, board: string): GpioDriver {
  const create = DRIVERS.get(kind);
  if (create) return create(board);
  const known = Array.from(DRIVERS.keys(), quote).join(', ');
  throw new FactoryError('config', `there is no driver ${quote(kind)}`, {
    remedy: `Open the board and choose one of ${known}`,
  });
}
