/**
 * A plant whose outputs are behind messages, in a process of its own, to be killed: `node remote-process.ts DATABASE FAR`. The far
 * end keeps its outputs in the file FAR: one line for each write that has arrived there, in order.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { systemClock as clock } from '../../lib/base/clock.ts';
import { messagePort } from '../../lib/gpio/message-port.ts';
import { MessageDriver } from '../../lib/gpio/message.ts';
import { parseMessageSettings } from '../../lib/gpio/message-settings.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { Board } from '../../lib/relays/board.ts';
import { parseChannels } from '../../lib/relays/channels.ts';
import { newCommand } from '../../lib/relays/command.ts';
import { SqliteStore } from '../../lib/store/sqlite.ts';
import type { Ask } from './hall.ts';
import { REMOTE } from './remote.ts';

const [, , file, far] = process.argv as [string, string, string, string];
/** Response time of the far end, milliseconds. */
const ANSWER_MS = 5;

const port = messagePort('remote');
const tell = (lines: readonly number[]): void => {
  const outputs = new Map(
    readFileSync(far, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ').map(Number) as [number, number]),
  );
  port.receive(new Map(lines.map((line) => [line, outputs.get(line) === 1])));
};
const attached = port.attach({
  write: (levels) => {
    for (const [line, level] of levels) appendFileSync(far, `${line} ${Number(level)}\n`);
    setTimeout(() => tell([...levels.keys()]), ANSWER_MS);
  },
  ask: (lines) => tell(lines),
});

const plant = new Plant({
  name: 'Remote',
  clock,
  store: new SqliteStore({ file, clock }),
  process: 'remote',
});
const board = new Board({
  name: 'Remote',
  channels: parseChannels([...REMOTE]),
  driver: new MessageDriver('remote', parseMessageSettings({}), clock),
  clock,
  log: (entry) => plant.log(entry),
  keep: (id, kept) => plant.keepRelay(id, kept),
});
// As a broker does at a start: it is there, and says so, before the plant's file is read.
attached.ready();
tell(REMOTE.map(({ line }) => line));
port.back();
plant.relays.add(board);
await plant.ready;
await board.open(plant.past);
process.stdout.write(`${JSON.stringify({ kind: 'opened', records: board.records() })}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line) as Ask;
  const command = newCommand({ ...ask, by: ask.owner, from: 'test' }, clock);
  void plant.relays.command(command).then((result) => {
    process.stdout.write(`${JSON.stringify({ kind: 'result', result })}\n`);
  });
}
await board.close();
await plant.close();
