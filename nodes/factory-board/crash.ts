import type { NodeAPI } from 'node-red';
import { lookAtChip } from '../../lib/gpio/chips.ts';
import { readCrashFacts } from '../../lib/gpio/crash.ts';
import { serveGet } from '../admin.ts';

/** How long a chip's name may be, characters. */
const MAX_CHIP = 100;

/** Tells the board's dialog what this machine does to the lines of a chip when something breaks. */
export function serveCrashFacts(RED: NodeAPI): void {
  serveGet(RED, '/factory-iot/crash', async ({ query }) => {
    const text = (value: unknown): string =>
      typeof value === 'string' ? value.trim().slice(0, MAX_CHIP) : '';
    const chip = text(query['chip']);
    // A label that no chip here has tells as much: the settings may be made on another machine.
    const label =
      chip === ''
        ? ''
        : await lookAtChip(chip).then(
            (found) => found.label,
            () => chip,
          );
    return { label, ...readCrashFacts(text(query['driver']), label) };
  });
}
