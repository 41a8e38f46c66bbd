/** The relays of the plant behind messages: one that toggles, and one that a lock-out holds off. */
export const REMOTE = [
  { id: 'toggled', line: 0, start: 'hold' },
  { id: 'locked', line: 1, start: 'on' },
] as const;
