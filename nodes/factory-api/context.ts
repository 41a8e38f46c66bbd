import { dirname } from 'node:path';
import type { Context, Reads } from '../../lib/api/call.ts';
import { clientConfig } from '../../lib/api/config.ts';
import type { Surroundings } from '../../lib/api/config.ts';
import type { Clock } from '../../lib/base/clock.ts';
import { deviceList, DEVICES, relayMap, RELAYS, stats } from '../../lib/live/legacy.ts';
import type { LiveServer } from '../../lib/live/live-server.ts';
import { problemsOf, type Problem } from '../../lib/plant/health.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { DiskSpace } from '../../lib/stats/disk-space.ts';

/** What the API works on: it reads what clients see, and writes to the plant itself. */
export async function contextOf(
  plant: Plant,
  live: LiveServer,
  surroundings: Surroundings,
): Promise<Context> {
  await plant.ready;
  const reads = readsOf(live, plant.clock);
  return {
    reads,
    problems: () => problemsIn(plant, reads),
    devices: plant.devices,
    relays: plant.relays,
    audit: {
      state: plant.audit.state.state,
      read: (filter) => plant.audit.read(filter),
      verify: (expected) => plant.audit.verify(expected),
    },
    keep: (device) => plant.keepDevice(device),
    log: (entry) => plant.log(entry),
    clock: plant.clock,
    storage: plant.storage.state,
    config: clientConfig(surroundings),
  };
}

/** By plants, whose nodes come and go. */
const disks = new WeakMap<Plant, DiskSpace>();

/** Nothing is told of what no reader may see, but that something is wrong. */
async function problemsIn(plant: Plant, reads: Reads): Promise<Problem[]> {
  const isHidden = ({ what, id = '' }: Problem): boolean =>
    what === 'device' ? reads.device(id) === undefined : what === 'relay' && reads.relay(id) === undefined;
  const found = problemsOf(plant).map((problem) =>
    isHidden(problem) ? { what: problem.what, reason: HIDDEN } : problem,
  );
  const disk = await diskOf(plant)?.problem();
  return disk === undefined
    ? found
    : [{ what: 'disk', reason: `the disk of the plant's file: ${disk}` }, ...found];
}

const HIDDEN = 'something is wrong with one that clients may not see';

function diskOf(plant: Plant): DiskSpace | undefined {
  if (plant.file === undefined) return undefined;
  const found = disks.get(plant) ?? new DiskSpace({ folder: dirname(plant.file), clock: plant.clock });
  disks.set(plant, found);
  return found;
}

function readsOf(live: LiveServer, clock: Clock): Reads {
  const { retained } = live;
  return {
    isSettled: () => live.isSettled,
    devices: () => deviceList(retained, clock.now()),
    device: (id) => retained.get(DEVICES + id),
    relays: () => relayMap(retained),
    relay: (id) => retained.get(RELAYS + id),
    stats: () => stats(retained),
    next: (subscription, within, from) => live.next(subscription, within, from),
  };
}
