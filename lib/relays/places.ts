import { FactoryError } from '../base/errors.ts';
import type { ChipInfo } from '../gpio/chips.ts';
import { busy } from '../gpio/gpio-errors.ts';
import type { Holding } from '../gpio/holding.ts';
import { LineSet } from '../gpio/line-set.ts';
import { checkLines } from '../gpio/request-lines.ts';
import type { Place, Plan } from './plan.ts';

/** What a chip of this name or path is, or why it cannot be looked at. */
export type LookUp = (chip: string) => ChipInfo | FactoryError;

/** Where the lines of a board would be. What the board holds by the same name stays where it is. */
export function placeOf(
  { driver, chip }: { readonly driver: string; readonly chip?: unknown },
  holding: Holding | undefined,
  lookUp: LookUp,
): Place {
  if (driver !== 'chardev') return { path: '' };
  const wanted = String(chip).trim();
  const found = lookUp(wanted);
  const isHeld = holding !== undefined && holding.place !== '' && holding.chip === wanted;
  if (found instanceof FactoryError)
    return { path: isHeld ? holding.place : '', ...(!isHeld && { refused: found }) };
  return { path: isHeld ? holding.place : found.path, chip: found };
}

/** Why a board could not have its lines; undefined where it could. */
export function refusalOf(plan: Plan, plans: readonly Plan[]): FactoryError | undefined {
  const { channels = [], holding, place } = plan;
  if (!place?.chip) return undefined;
  const { path, label, lines } = place.chip;
  const set = new LineSet(channels);
  const held = holding?.place === place.path ? holding.lines : [];
  // The same lines are not asked for again.
  if (set.lines.length === held.length && held.every((line) => set.has(line))) return undefined;
  const chip = { path, label, lines: lines.length, lineInfo: (line: number) => lines[line]! };
  try {
    checkLines(chip, set, (line) => held.includes(line) || isReleased(plan, line, plans));
  } catch (error) {
    return error as FactoryError;
  }
  const rival = rivalOf(plan, held, plans);
  return rival && busy(rival.line, rival.by, path);
}

/** Whether another board of this process has the line now, and would let go of it. */
function isReleased({ place, board }: Plan, line: number, plans: readonly Plan[]): boolean {
  const holder = plans.find(
    (plan) =>
      plan.board.id !== board.id && plan.holding?.place === place!.path && plan.holding.lines.includes(line),
  );
  return holder !== undefined && !holder.invalid && !takes(holder, place!.path, line);
}

/** Another staged board that has one of the lines, or comes first. */
function rivalOf(
  plan: Plan,
  held: readonly number[],
  plans: readonly Plan[],
): { line: number; by: string } | undefined {
  for (const other of plans.slice(0, plans.indexOf(plan))) {
    const shared = plan.channels?.find(
      ({ line }) => !held.includes(line) && !other.invalid && takes(other, plan.place!.path, line),
    );
    if (shared) return { line: shared.line, by: `factory-iot:${other.board.name || other.board.id}` };
  }
  return undefined;
}

function takes({ place, channels }: Plan, path: string, line: number): boolean {
  return place?.path === path && (channels?.some((channel) => channel.line === line) ?? false);
}
