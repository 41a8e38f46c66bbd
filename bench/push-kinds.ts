/** What bench/push.ts and its servers agree on. */
export const KINDS = ['ws', 'socket.io', 'live server', 'Node-RED'] as const;
export type Kind = (typeof KINDS)[number];

/** A device of about 200 B as JSON. */
export function recordOf(value: number): object {
  return {
    id: 'bench',
    name: 'Temperature of the dryer, left',
    type: 'temperature',
    value,
    unit: '°C',
    status: 'active',
    last_update: '2026-01-01T00:00:00.000Z',
    quality: 'good',
  };
}
