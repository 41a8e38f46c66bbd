import type { PlantState } from './plant-state.ts';
import type { Device, Relay, Returned } from './types.ts';

/** What was known when the live connection was lost. */
export interface Absence {
  /** On the monotonic clock. */
  readonly since: number;
  readonly devices: ReadonlyMap<string, Device>;
  readonly relays: ReadonlyMap<string, Relay>;
}

export function absenceOf({ devices, relays }: PlantState, since: number): Absence {
  return { since, devices, relays };
}

/** What is different after it. */
export function returnedFrom(absence: Absence, { devices, relays }: PlantState, lostFor: number): Returned {
  return {
    lostFor,
    devices: differing(
      absence.devices,
      devices,
      (before, after) => before.value === after.value && before.status === after.status,
    ),
    relays: differing(absence.relays, relays, (before, after) => before.state === after.state),
  };
}

function differing<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  alike: (before: T, after: T) => boolean,
): string[] {
  return Array.from(new Set([...before.keys(), ...after.keys()])).filter((id) => {
    const [was, is] = [before.get(id), after.get(id)];
    return was === undefined || is === undefined || !alike(was, is);
  });
}
