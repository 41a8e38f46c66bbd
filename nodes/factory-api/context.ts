import type { Context, Reads } from '../../lib/api/call.ts';
import { clientConfig } from '../../lib/api/config.ts';
import type { Surroundings } from '../../lib/api/config.ts';
import type { Clock } from '../../lib/base/clock.ts';
import { deviceList, DEVICES, relayMap, RELAYS, stats } from '../../lib/live/legacy.ts';
import type { LiveServer } from '../../lib/live/live-server.ts';
import type { Plant } from '../../lib/plant/plant.ts';

/** What the API works on: it reads what clients see, and writes to the plant itself. */
export async function contextOf(
  plant: Plant,
  live: LiveServer,
  surroundings: Surroundings,
): Promise<Context> {
  await plant.ready;
  return {
    reads: readsOf(live, plant.clock),
    devices: plant.devices,
    relays: plant.relays,
    audit: {
      state: plant.audit.state.state,
      read: (filter) => plant.audit.read(filter),
      verify: (expected) => plant.audit.verify(expected),
    },
    log: (entry) => plant.log(entry),
    clock: plant.clock,
    storage: plant.storage.state,
    config: clientConfig(surroundings),
  };
}

function readsOf(live: LiveServer, clock: Clock): Reads {
  const { retained } = live;
  return {
    devices: () => deviceList(retained, clock.now()),
    device: (id) => retained.get(DEVICES + id),
    relays: () => relayMap(retained),
    relay: (id) => retained.get(RELAYS + id),
    stats: () => stats(retained),
    next: (subscription, within, from) => live.next(subscription, within, from),
  };
}
