/** A board whose outputs are behind messages, with its relay I/O node and a far end, in a Node-RED of the tests. */
import assert from 'node:assert/strict';
import { FactoryError } from '../../lib/base/errors.ts';
import type { ErrorCode } from '../../lib/base/errors.ts';
import { forgetBoard } from '../../lib/gpio/drivers.ts';
import { messagePort } from '../../lib/gpio/message-port.ts';
import { forgetMemory } from '../../lib/plant/storage.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { RelayRecord, Result } from '../../lib/relays/relay.ts';
import type { Message, PlantNode } from '../../nodes/common.ts';
import registerBoard from '../../nodes/factory-board/factory-board.ts';
import registerIo from '../../nodes/factory-io/factory-io.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import * as helper from './helper.ts';

/** For the suite that it is called in. */
export function onIoBench(): void {
  before(helper.start);
  after(helper.stop);
  afterEach(async () => {
    await helper.unload();
    assert.equal(messagePort('b').link, undefined);
    forgetBoard('b');
    forgetMemory('p');
  });
}

export const place = { z: 'tab', x: 0, y: 0 };
export const plantNode = { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' };
export const board = (more: object = {}): helper.FlowNode => ({
  id: 'b',
  type: 'factory-board',
  name: 'Remote',
  plant: 'p',
  driver: 'message',
  readBack: 'message',
  answerWithin: 200,
  staleAfter: 0,
  channels: [
    { id: 'pump', name: '', line: 0, activeLow: false, start: 'off' },
    { id: 'fan', name: '', line: 1, activeLow: true, start: 'off' },
  ],
  ...more,
});
export const io = (more: object = {}): helper.FlowNode => ({
  id: 'io',
  type: 'factory-io',
  ...place,
  name: '',
  board: 'b',
  send: 'each',
  notation: 'boolean',
  writeTopic: '',
  readTopic: '',
  first: 0,
  wires: [['far'], ['ask']],
  ...more,
});
export const others = [
  { id: 'tab', type: 'tab' },
  { id: 'far', type: 'helper', ...place },
  { id: 'ask', type: 'helper', ...place },
];
export const plant = (): Plant => (helper.nodeById('p') as PlantNode).plant;
export const record = (id = 'pump'): RelayRecord => plant().relays.get(id)!;
export const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) {
    await new Promise<void>((resolve) => {
      const stop = plant().relays.events.on('change', () => {
        stop();
        resolve();
      });
    });
  }
};
export const known = (): Promise<void> =>
  until(
    () =>
      plant().relays.list().length > 0 &&
      plant()
        .relays.list()
        .every(({ state }) => state !== null),
  );
/** Every write that reached the far end since the flow was loaded. */
export const written: Message[] = [];
/** Does at the far end what messages say, and answers with the level that results. */
export const answer = (message: Message): void => {
  written.push(message);
  helper.nodeById('io').receive({ topic: message.topic, payload: message.payload } as never);
};
const answering = new WeakSet<object>();
export const respondWith = (respond: (message: Message) => void): void => {
  answering.add(helper.nodeById('far'));
  helper.nodeById('far').on('input', respond as never);
};
export const load = async (
  nodes: helper.FlowNode[] = [board(), io()],
  respond: (message: Message) => void = answer,
): Promise<void> => {
  written.length = 0;
  await helper.load([registerPlant, registerBoard, registerIo], [plantNode, ...others, ...nodes]);
  respondWith(respond);
};
/** A full deploy makes the far end anew, so that it has to be told again what to do. */
export const redeploy = async (nodes: helper.FlowNode[], type: 'full' | 'nodes' = 'full'): Promise<void> => {
  await helper.redeploy([plantNode, ...others, ...nodes], type);
  if (!answering.has(helper.nodeById('far'))) respondWith(answer);
};
let commands = 0;
export const command = (action: 'on' | 'off', relay = 'pump'): Promise<Result> =>
  plant().relays.command({
    id: `c${++commands}`,
    relay,
    action,
    issued: plant().clock.monotonic(),
    by: 'ada',
    from: 'test',
    owner: 'hand',
  });
export const refused =
  (code: ErrorCode, message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof FactoryError && error.code === code && message.test(error.message);
