import type { ChannelChanges, ConfigEntry } from './audit-entry.ts';

/** What a board or the plant itself was set to, as it is kept to see at the next start whether it is another. */
export interface Configuration {
  readonly what: 'plant' | 'board';
  readonly name: string;
  readonly settings: Properties;
  /** By the ids of their relays. */
  readonly channels?: Readonly<Record<string, Properties>>;
}

type Properties = Readonly<Record<string, unknown>>;

type Changes = Pick<ConfigEntry, 'result' | 'changed' | 'channels'>;

/** What is other than before; undefined where nothing is. Of what is new for the first time only that it is. */
export function settingsChanges(before: Configuration | undefined, now: Configuration): Changes | undefined {
  const there = Object.keys(now.channels ?? {});
  if (!before) return { result: 'added', ...(now.channels && { channels: { added: there } }) };
  const changed = changedOf({ ...before.settings, name: before.name }, { ...now.settings, name: now.name });
  const channels = channelChanges(before.channels ?? {}, now.channels ?? {});
  if (changed.length === 0 && !channels) return undefined;
  return { result: 'changed', ...(changed.length > 0 && { changed }), ...(channels && { channels }) };
}

function channelChanges(
  before: Readonly<Record<string, Properties>>,
  now: Readonly<Record<string, Properties>>,
): ChannelChanges | undefined {
  const added = Object.keys(now).filter((id) => !Object.hasOwn(before, id));
  const removed = Object.keys(before).filter((id) => !Object.hasOwn(now, id));
  const changed = Object.entries(now).flatMap(([id, channel]) => {
    const names = Object.hasOwn(before, id) ? changedOf(before[id]!, channel) : [];
    return names.length > 0 ? [[id, names] as const] : [];
  });
  if (added.length + removed.length + changed.length === 0) return undefined;
  return {
    ...(added.length > 0 && { added }),
    ...(removed.length > 0 && { removed }),
    ...(changed.length > 0 && { changed: Object.fromEntries(changed) }),
  };
}

/** The names of what differs. As JSON: what is kept has been JSON. */
function changedOf(before: Properties, now: Properties): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return Array.from(names).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]));
}
