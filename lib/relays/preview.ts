import { FactoryError } from '../base/errors.ts';
import { nameKey, quote } from '../base/text.ts';
import { checkDriver } from '../gpio/drivers.ts';
import type { Holding } from '../gpio/holding.ts';
import { parseChannels } from './channels.ts';
import type { Channel } from './channels.ts';
import { fates, letGo, stuck } from './fates.ts';
import { placeOf, refusalOf } from './places.ts';
import type { LookUp } from './places.ts';
import type { Place, Plan, RunningBoard, StagedBoard } from './plan.ts';
import type { BoardPreview, Preview } from './previewed.ts';
import type { KeptRelay } from './relay.ts';

/** What a preview has to know beside the settings. */
export interface World {
  readonly running: readonly RunningBoard[];
  /** What a board holds in this process now, by its driver; undefined: nothing, or not known of such a driver. */
  readonly holding: (board: string, driver: string) => Holding | undefined;
  readonly chip: LookUp;
  /** What was kept of a relay, of the plant with this id; null: nothing; undefined: that plant does not run yet. */
  readonly kept: (plant: string, relay: string) => KeptRelay | null | undefined;
}

/** What a deploy of these boards would do to the outputs, without doing any of it. Never throws for what is staged. */
export function preview(staged: readonly StagedBoard[], world: World): Preview {
  const plans = planAll(staged, world);
  const boards = plans.map((plan) => judge(plan, plans, world));
  const gone = world.running.filter(({ id }) => !staged.some((board) => board.id === id));
  const all: readonly BoardPreview[] = [
    ...boards,
    ...gone.map((board) => ({
      ...nameOf(board),
      relays: letGo(board.channels, board, heldBy(board, world)),
    })),
  ];
  const moves = all
    .flatMap(({ relays }) => relays)
    .filter(({ fate }) => fate === 'moved' || fate === 'let-go').length;
  return { moves, problems: all.filter(({ problem }) => problem).length, boards: all };
}

function judge(plan: Plan, plans: readonly Plan[], world: World): BoardPreview {
  const { board, running, invalid } = plan;
  const name = nameOf(board);
  if (invalid) {
    const problem = { fate: 'invalid', reason: invalid } as const;
    // A driver that is made lets go of the real lines before the plant is asked.
    const drops = plan.isMade && running?.driver === 'chardev' && board.driver !== 'chardev';
    const relays = running
      ? drops
        ? letGo(running.channels, running, plan.holds)
        : stuck(running, problem)
      : [];
    return { ...name, problem, relays };
  }
  const place = plan.place!;
  const refused = place.refused ?? refusalOf(plan, plans);
  if (!refused) return { ...name, relays: fates(plan, (relay) => world.kept(board.plant!, relay)) };
  const problem = { fate: 'unavailable', reason: refused.toString() } as const;
  return { ...name, problem, relays: unavailable(plan, problem) };
}

/** Where the lines cannot be had: they stay as they are, unless the board has moved to another chip before it knew. */
function unavailable(plan: Plan, problem: NonNullable<BoardPreview['problem']>): BoardPreview['relays'] {
  const { running, channels = [], holding, place } = plan;
  const relays = channels.map(({ id, name, line }) => ({ relay: id, name, line, state: null, ...problem }));
  if (!running || !holding || holding.lines.length === 0) return relays;
  if (!place?.refused && place?.path !== holding.place)
    return [...letGo(running.channels, running, plan.holds), ...relays];
  const left = running.channels.filter(({ id }) => !channels.some((channel) => channel.id === id));
  return [...relays, ...stuck({ ...running, channels: left }, problem)];
}

function planAll(staged: readonly StagedBoard[], world: World): Plan[] {
  const plans = staged.map((board) => planOf(board, world));
  return plans.map((plan) => {
    const twin = plan.invalid ? undefined : twinOf(plan, plans);
    return twin ? { ...plan, invalid: twin, isMade: true } : plan;
  });
}

function planOf(board: StagedBoard, world: World): Plan {
  const running = world.running.find(({ id }) => id === board.id);
  const holds = running ? heldBy(running, world) : NONE;
  try {
    if (board.plant === null) {
      throw new FactoryError('config', 'no factory-plant is chosen or it is disabled', {
        remedy: 'Open the node and choose a factory-plant',
      });
    }
    const channels = parseChannels(board.channels);
    const { driver, chip, bias, name } = board;
    checkDriver(driver, { chip, bias: bias || undefined, name });
    const holding = running?.driver === driver ? holdingOf(running, world) : world.holding(board.id, driver);
    const place: Place = placeOf(board, holding, world.chip);
    return { board, running, holds, channels, holding, place, isMade: true };
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    return { board, running, holds, invalid: error.toString(), isMade: false };
  }
}

const NONE: ReadonlySet<number> = new Set();

function heldBy(running: RunningBoard, world: World): ReadonlySet<number> {
  return new Set(holdingOf(running, world)?.lines);
}

/** A driver holds the lines that it has through a deploy, whatever its hardware: what all drivers promise. */
function holdingOf({ id, driver, available, channels }: RunningBoard, world: World): Holding | undefined {
  if (driver === 'chardev' || driver === 'simulated') return world.holding(id, driver);
  if (!available) return undefined;
  return { chip: '', place: '', lines: channels.map(({ line }) => line), remembered: [] };
}

/** Why the plant would not take the board: another one of it has a relay of that id; undefined: it would. */
function twinOf(plan: Plan, plans: readonly Plan[]): string | undefined {
  for (const other of plans) {
    if (other === plan || other.invalid || other.board.plant !== plan.board.plant) continue;
    const shared = plan.channels?.find(({ id }) =>
      other.channels?.some((channel) => nameKey(channel.id) === nameKey(id)),
    );
    if (!shared || !isBehind(plan, other, plans, shared)) continue;
    return new FactoryError(
      'config',
      `the plant has a relay ${quote(shared.id)} already, on the board ${quote(other.board.name || other.board.id)}`,
      { remedy: 'Give each relay of a plant an id of its own' },
    ).toString();
  }
  return undefined;
}

/** Whoever has the relay and is not restarted keeps it; of those that are restarted it is the first. */
function isBehind(plan: Plan, other: Plan, plans: readonly Plan[], { id }: Channel): boolean {
  const stays = ({ board, running }: Plan): boolean =>
    !board.restarts && (running?.channels.some((channel) => channel.id === id) ?? false);
  if (stays(plan) !== stays(other)) return stays(other);
  return plans.indexOf(other) < plans.indexOf(plan);
}

function nameOf({ id, name }: { readonly id: string; readonly name: string }): { id: string; name: string } {
  return { id, name: name || id };
}
