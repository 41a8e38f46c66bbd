import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import { busy, codeOf } from './gpio-errors.ts';
import { MAX_LINES } from './layout.ts';
import type { LineConfig } from './layout.ts';
import type { LineSet } from './line-set.ts';
import type { Chip, LineRequest } from './uapi.ts';

/** What has to be known of a chip to judge whether lines of it can be had. */
export type ChipLines = Pick<Chip, 'path' | 'label' | 'lines' | 'lineInfo'>;

/** Throws `unavailable` where these lines cannot be had, those that are `ours` already aside. */
export function checkLines(
  chip: ChipLines,
  set: LineSet,
  ours: (line: number) => boolean = () => false,
): void {
  if (set.lines.length > MAX_LINES)
    throw new FactoryError('unavailable', `one chip gives at most ${MAX_LINES} lines together`);
  for (const line of set.numbers) {
    if (line >= chip.lines) {
      const last = chip.lines - 1;
      throw new FactoryError('unavailable', `${chip.path} has no line ${line}, only 0 to ${last}`, {
        remedy: `Choose another line, or another chip than ${quote(chip.label)}`,
      });
    }
    const info = chip.lineInfo(line);
    if (info.used && !ours(line)) throw busy(line, info.consumer, chip.path);
  }
}

/** All lines in one request; where one of them was taken meanwhile, says who has it. */
export function requestLines(chip: Chip, set: LineSet, consumer: string, config: LineConfig): LineRequest {
  try {
    return chip.request(set.numbers, consumer, config);
  } catch (error) {
    if (codeOf(error) !== 'EBUSY') throw error;
    const used = set.numbers.map((line) => chip.lineInfo(line)).find((info) => info.used);
    throw busy(used?.line ?? set.numbers[0]!, used?.consumer ?? '', chip.path);
  }
}
