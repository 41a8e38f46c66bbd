import { outputOf } from './channels.ts';
import type { Channel } from './channels.ts';
import type { Plan, RunningBoard } from './plan.ts';
import type { Becomes, BoardPreview, RelayPreview } from './previewed.ts';
import type { KeptRelay } from './relay.ts';

/** The fates of the relays of a board that would work. */
export function fates(plan: Plan, kept: (relay: string) => KeptRelay | null | undefined): RelayPreview[] {
  const { running, channels = [], holding, place } = plan;
  const isSamePlace = holding !== undefined && holding.place === place?.path;
  const held = new Set(isSamePlace ? holding.lines : []);
  const asFound = new Set([...held, ...(isSamePlace ? holding.remembered : [])]);
  const before = new Map(running?.channels.map((channel) => [channel.line, channel]));
  const had = new Map(running?.channels.map((channel) => [channel.id, channel]));
  // Lines can only join and leave the kernel's request by making another one.
  const isAsked = plan.board.driver === 'chardev' && !isSameSet(held, channels);

  const judged = channels.map((channel): RelayPreview => {
    const { id, name, line, activeLow } = channel;
    const state = running?.states.get(id) ?? null;
    const base = { relay: id, name, line, state };
    const last = running?.driver === plan.board.driver ? before.get(line) : undefined;
    if (!held.has(line) || !last) {
      const becomes = asFound.has(line) ? 'as-found' : begins(channel, kept(id));
      return { ...base, fate: 'moved', becomes };
    }
    // The relay of this line may have a new name; one that had another line finds this one as its last relay left it.
    if (last.id !== id && had.has(id)) return { ...base, fate: 'moved', becomes: 'as-other' };
    if (last.activeLow !== activeLow) return { ...base, fate: 'moved', becomes: 'turned' };
    return {
      ...base,
      state: running?.states.get(last.id) ?? null,
      fate: 'kept',
      ...(isAsked && { blinks: true }),
    };
  });
  if (!running) return judged;
  const isLeft = ({ line }: Channel): boolean =>
    running.driver !== plan.board.driver ||
    !isSamePlace ||
    !channels.some((channel) => channel.line === line);
  return [...judged, ...letGo(running.channels.filter(isLeft), running, plan.holds)];
}

/** All these relays of a board are let go of, as far as their lines are held. */
export function letGo(
  channels: readonly Channel[],
  { states }: RunningBoard,
  holds: ReadonlySet<number>,
): RelayPreview[] {
  return channels
    .filter(({ line }) => holds.has(line))
    .map(({ id, name, line }) => ({
      relay: id,
      name,
      line,
      state: states.get(id) ?? null,
      fate: 'let-go',
    }));
}

/** The lines of a board stay as they are, but nobody can switch them. */
export function stuck(
  { channels, states }: RunningBoard,
  problem: NonNullable<BoardPreview['problem']>,
): RelayPreview[] {
  return channels.map(({ id, name, line }) => ({
    relay: id,
    name,
    line,
    state: states.get(id) ?? null,
    ...problem,
  }));
}

function begins(channel: Channel, kept: KeptRelay | null | undefined): Becomes {
  if (channel.start === 'restore' && kept === undefined) return 'as-was';
  const { initial } = outputOf(channel, kept ?? undefined);
  return initial === 'keep' ? 'as-found' : initial ? 'on' : 'off';
}

function isSameSet(held: ReadonlySet<number>, channels: readonly Channel[]): boolean {
  return held.size === channels.length && channels.every(({ line }) => held.has(line));
}
