/** A plant with one board in a process of its own, to be killed: `node hall-process.ts DATABASE PINS`. */
import { createInterface } from 'node:readline';
import { systemClock as clock } from '../../lib/base/clock.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { Board } from '../../lib/relays/board.ts';
import { parseChannels } from '../../lib/relays/channels.ts';
import { newCommand } from '../../lib/relays/command.ts';
import { SqliteStore } from '../../lib/store/sqlite.ts';
import { CHANNELS, type Ask, type Said } from './hall.ts';
import { PinsInAFile } from './pins-in-a-file.ts';

const [, , file, pins] = process.argv as [string, string, string, string];

// Always the same name: what starts in safety after so many deaths is tested elsewhere.
const plant = new Plant({ name: 'Hall', clock, store: new SqliteStore({ file, clock }), process: 'hall' });
const board = new Board({
  name: 'Board',
  channels: parseChannels([...CHANNELS]),
  driver: new PinsInAFile(pins),
  clock,
  log: (entry) => plant.log(entry),
  keep: (id, kept) => plant.keepRelay(id, kept),
});
plant.relays.add(board);
await plant.ready;
if (plant.storage.state !== 'ok') throw new Error(plant.storage.detail);
// What is kept changes as the board goes on.
const found = Object.fromEntries(plant.past.kept!);
await board.open(plant.past);
say({ kind: 'opened', found, records: board.records() });

const results: Promise<void>[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line) as Ask;
  const command = newCommand({ ...ask, by: ask.owner, from: 'test' }, clock);
  results.push(plant.relays.command(command).then((result) => say({ kind: 'result', result })));
}
// What waits when a board closes is refused: it is not closed before all has been carried out.
await Promise.all(results);
await board.close();
await plant.close();

/** Writing to a pipe is synchronous: what was said has left the process, whatever becomes of it. */
function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
