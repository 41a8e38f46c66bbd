import type { NodeAPI } from 'node-red';
import { asError, FactoryError } from '../../lib/base/errors.ts';
import { kind, nameKey } from '../../lib/base/text.ts';
import { chardevHolding } from '../../lib/gpio/chardev.ts';
import { lookAtChip } from '../../lib/gpio/chips.ts';
import type { ChipInfo } from '../../lib/gpio/chips.ts';
import { simulatedHolding } from '../../lib/gpio/simulated.ts';
import type { StagedBoard } from '../../lib/relays/plan.ts';
import { preview } from '../../lib/relays/preview.ts';
import { servePost } from '../admin.ts';
import { plantOf, runningBoards } from './deployed.ts';
import type { DeployedBoards } from './deployed.ts';

/** How many boards a preview looks at. */
export const MAX_BOARDS = 200;

/**
 * Tells the editor what a deploy would do to the outputs. The body: `boards` as they would be deployed, in their order
 * and with `restarts: false` where the deploy leaves one alone, and the ids of the `plants` that would run.
 */
export function servePreview(RED: NodeAPI, deployed: DeployedBoards): void {
  servePost(RED, '/factory-iot/preview', async (body) => {
    const staged = parseBoards(RED, body);
    const chips = await lookAtAll(staged);
    return preview(staged, {
      running: runningBoards(deployed),
      holding: (board, driver) =>
        driver === 'chardev'
          ? chardevHolding(board)
          : driver === 'simulated'
            ? simulatedHolding(board)
            : undefined,
      chip: (wanted) => chips.get(wanted) ?? new FactoryError('unavailable', 'the chip was not looked at'),
      kept: (plant, relay) => {
        const found = plantOf(RED, plant);
        return found && (found.past.kept?.get(nameKey(relay)) ?? null);
      },
    });
  });
}

function parseBoards(RED: NodeAPI, { boards, plants }: Readonly<Record<string, unknown>>): StagedBoard[] {
  if (!Array.isArray(boards) || !Array.isArray(plants)) throw invalid('boards and plants must be arrays');
  if (boards.length > MAX_BOARDS) throw invalid(`a preview looks at ${MAX_BOARDS} boards at most`);
  return boards.map((given: unknown, index) => {
    if (typeof given !== 'object' || given === null) throw invalid(`board ${index + 1} is ${kind(given)}`);
    const { id, name, driver, chip, bias, channels, plant, restarts } = resolved(RED, given) as Record<
      string,
      unknown
    >;
    if (typeof id !== 'string') throw invalid(`board ${index + 1} has no id`);
    return {
      id,
      name: typeof name === 'string' ? name : '',
      driver: typeof driver === 'string' ? driver : '',
      chip,
      bias,
      channels,
      plant: typeof plant === 'string' && plants.includes(plant) ? plant : null,
      restarts: restarts !== false,
    };
  });
}

/** A whole value that is taken from the environment, as Node-RED knows it. */
const FROM_ENVIRONMENT = /^(?:\$\{(\S+)\}|\$\((\S+)\))$/;

/** The settings as Node-RED hands them to the node: with what they take from the environment. */
function resolved(RED: NodeAPI, given: object): unknown {
  const node = RED.nodes.getNode(String((given as { id?: unknown }).id)) ?? ({} as never);
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolve(inner)]));
    }
    if (typeof value !== 'string') return value;
    const [, name, older] = FROM_ENVIRONMENT.exec(value) ?? [];
    const key = name ?? older;
    const found: unknown = key === undefined ? undefined : RED.util.getSetting(node, key);
    return found ?? value;
  };
  return resolve(given);
}

/** The chips that are named, by their names, each looked at once. */
async function lookAtAll(
  staged: readonly StagedBoard[],
): Promise<ReadonlyMap<string, ChipInfo | FactoryError>> {
  const named = staged.flatMap(({ driver, chip }) =>
    driver === 'chardev' && (typeof chip === 'string' || typeof chip === 'number')
      ? [String(chip).trim()]
      : [],
  );
  const looked = Array.from(new Set(named), async (name) => {
    const found = await lookAtChip(name).catch((error: unknown) =>
      error instanceof FactoryError ? error : new FactoryError('unavailable', asError(error).message),
    );
    return [name, found] as const;
  });
  return new Map(await Promise.all(looked));
}

function invalid(message: string): FactoryError {
  return new FactoryError('invalid', message);
}
