/** A plant with a device and a relay, behind the HTTP contract and nothing else. */
import assert from 'node:assert/strict';
import type { Answer } from '../../../lib/api/answer.ts';
import type { Context } from '../../../lib/api/call.ts';
import { handle } from '../../../lib/api/handle.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { RetainedTopics } from '../../../lib/live/retained.ts';
import { Stream } from '../../../lib/live/stream.ts';
import { parseSubscription } from '../../../lib/live/subscription.ts';
import { Plant } from '../../../lib/plant/plant.ts';
import { MemoryStore } from '../../../lib/store/memory.ts';
import type { RelayRecord } from '../../../lib/relays/relay.ts';
import { OneRelay } from './board.ts';

export const AT = '2026-01-01T00:00:00.000Z';
export const STATS = { cpu: { percent: 12 }, memory: { percent: 34 }, disk: { percent: 56 } };
export const PRINCIPAL = { name: 'loopback', role: 'operator', via: 'http', address: '127.0.0.1' } as const;

export interface Desk {
  readonly plant: Plant;
  readonly board: OneRelay;
  readonly retained: RetainedTopics;
  readonly stream: Stream;
  /** Ids that no client may see. */
  readonly hidden: Set<string>;
  stats: unknown;
  /** True once everything was published since the start. */
  isSettled: boolean;
  /** What calls are made with from now on. */
  context: Context;
  call(method: string, path: string, body?: unknown, query?: object): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
}

export async function startDesk(): Promise<Desk> {
  const clock = new FakeClock(Date.parse(AT));
  const plant = new Plant({ name: 'test', clock, store: new MemoryStore() });
  await plant.ready;
  plant.devices.write({ id: 'sensor_001', name: 'Sensor', type: 'temperature', unit: '°C', value: 21 });
  const board = new OneRelay('relay1', clock);
  plant.relays.add(board);
  const hidden = new Set<string>();
  const retained = new RetainedTopics();
  const stream = new Stream({
    retained,
    clock,
    maxWaiting: 10,
    maxWaitingEach: 2,
    send: () => assert.fail('nobody is on a socket'),
  });
  const visible = <T extends { id: string }>(record: T | undefined): T | undefined =>
    record && !hidden.has(record.id) ? record : undefined;
  const relays = (): RelayRecord[] => plant.relays.list().filter(visible);
  const context: Context = {
    devices: plant.devices,
    relays: plant.relays,
    clock,
    storage: 'ok',
    audit: {
      state: 'ok',
      read: (filter) => plant.audit.read(filter),
      verify: (expected) => plant.audit.verify(expected),
    },
    keep: (device) => plant.keepDevice(device),
    log: (entry) => plant.log(entry),
    problems: () => Promise.resolve([]),
    config: { server: {}, client: {}, backend: {}, kiosk: {} },
    reads: {
      isSettled: () => desk.isSettled,
      devices: () => ({ devices: plant.devices.list().filter(visible), count: 1, timestamp: AT }),
      device: (id) => visible(plant.devices.get(id)),
      relays: () =>
        relays().length > 0
          ? { relays: Object.fromEntries(relays().map(({ id, state }) => [id, state])), info: relays() }
          : { error: 'relays are not available: none', info: [] },
      relay: (id) => visible(plant.relays.get(id)),
      stats: () => desk.stats,
      next: async (subscription, ...rest) => stream.next(parseSubscription(subscription), ...rest),
    },
  };
  const call: Desk['call'] = (method, path, body, query) =>
    handle(
      { method, path, body, principal: PRINCIPAL, permit: () => {}, ...(query && { query: { ...query } }) },
      desk.context,
    );
  const post: Desk['post'] = (path, body) => call('POST', path, body);
  const desk: Desk = {
    plant,
    board,
    context,
    retained,
    stream,
    hidden,
    stats: STATS,
    isSettled: true,
    call,
    post,
  };
  return desk;
}

export function fails(answer: Answer, status: number, code: string, message?: RegExp): void {
  const body = answer.body as Record<string, unknown>;
  assert.deepEqual([answer.status, body['code'], typeof body['reason']], [status, code, 'string']);
  assert.match(String(body['error']), message ?? /./);
}
