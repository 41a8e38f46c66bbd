/** What bench/many.ts and its servers agree on. */
export const MANY_KINDS = [
  'generator alone',
  'Socket.IO, all records',
  'Socket.IO, changed records',
  'Socket.IO, changed values',
  'live server',
  'Node-RED, a message each',
  'Node-RED, arrays',
] as const;
export type ManyKind = (typeof MANY_KINDS)[number];
