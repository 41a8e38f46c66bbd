import type { Clock } from '../base/clock.ts';
import type { DeviceFilter, DeviceRecord } from '../devices/device.ts';
import type { RelayRecord } from '../relays/relay.ts';

export interface Plant {
  readonly clock: Clock;
  readonly ready: Promise<void>;
  readonly devices: { list(filter?: DeviceFilter): DeviceRecord[] };
  readonly relays: { list(): RelayRecord[] };
}
