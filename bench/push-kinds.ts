/** What bench/push.ts, bench/memory.ts and their servers agree on. */
import type { Target } from './light-client.ts';

export const KINDS = [
  'ws',
  'socket.io',
  'socket.io, pings as ours',
  'websocket out',
  'node-red-dashboard',
  'Dashboard 2',
  'live server',
  'Node-RED',
] as const;
export type Kind = (typeof KINDS)[number];

/** The record of a device that changes, as long as wanted: its attributes fill it up. */
export function recordOf(value: number, bytes: number): object {
  const time = '2026-01-01T00:00:00.000Z';
  return {
    id: 'bench',
    name: 'Dryer, left',
    type: 'temperature',
    value,
    unit: '°C',
    status: 'active',
    last_update: time,
    quality: 'good',
    source_time: time,
    attributes: attributesFor(bytes),
    rev: value,
  };
}

const BARE_RECORD = 210;
const ATTRIBUTE = 1000;

/** What makes a record about so long. */
export function attributesFor(bytes: number): Record<string, string> {
  const count = Math.max(0, Math.round((bytes - BARE_RECORD) / (ATTRIBUTE + 10)));
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`part${index}`, 'x'.repeat(ATTRIBUTE)]),
  );
}

/** What a client of ours asks for; no other topic is told then. */
const LIVE = { protocol: 2, topics: 'devices/bench' };

/** How clients come to hear of the changes. */
export function targetOf(kind: Kind, port: number): Target {
  const engine = 'socket.io/?EIO=4&transport=websocket';
  switch (kind) {
    case 'ws':
      return { port, path: '/' };
    case 'websocket out':
      return { port, path: '/bench' };
    case 'socket.io':
    case 'socket.io, pings as ours':
      return { port, path: `/${engine}`, socketIo: {} };
    case 'node-red-dashboard':
      return { port, path: `/ui/${engine}`, socketIo: {} };
    case 'Dashboard 2':
      return { port, path: `/dashboard/${engine}`, socketIo: {} };
    default:
      return { port, path: `/${engine}`, socketIo: { auth: LIVE } };
  }
}

/** Where a change is posted to. */
export function changePath(kind: Kind): string {
  return kind === 'Node-RED' ? '/api/devices/bench/value' : '/change';
}
