/**
 * A plant with one board in a process of its own, without Node-RED: `node plant.ts DRIVER FOLDER CHANNELS`. Says what its
 * relays are as a line of JSON, once they are known and after each line `RELAY on|off` that it is given. Ends by SIGTERM
 * as Node-RED does: it closes everything first.
 */
import { createInterface } from 'node:readline';
import { systemClock } from '../../lib/base/clock.ts';
import { createDriver } from '../../lib/gpio/drivers.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { storeFor } from '../../lib/plant/storage.ts';
import { Board } from '../../lib/relays/board.ts';
import { parseChannels } from '../../lib/relays/channels.ts';
import { newCommand } from '../../lib/relays/command.ts';
import { LABEL } from './pins.ts';

const [kind, folder, channels] = process.argv.slice(2);
const clock = systemClock;
const store = storeFor({ id: 'plant', storage: 'sqlite', file: '', folder: folder!, clock });
const plant = new Plant({ name: 'bench', clock, store });
const board = new Board({
  name: 'bench',
  channels: parseChannels(JSON.parse(channels!)),
  driver: createDriver(kind!, 'bench', { chip: LABEL }),
  clock,
  log: (entry) => plant.log(entry),
  interlocks: plant.relays.interlocks,
  keep: (id, kept) => plant.keepRelay(id, kept),
});
process.on('exit', (code) => board.end(code !== 0));
process.once('SIGTERM', () => {
  void board
    .close()
    .then(() => plant.close())
    .then(() => process.exit(0));
});
board.events.on('status', (status) => {
  if (!status.available) process.stderr.write(`${status.reason}\n`);
});
await plant.ready;
await board.open(plant.past);
tell();
for await (const line of createInterface({ input: process.stdin })) {
  const [relay, action] = line.split(' ') as [string, 'on' | 'off'];
  const { ok, logged, reason } = await board.command(
    newCommand({ relay, action, by: 'bench', from: 'bench', owner: 'hand' }, clock),
  );
  if (!ok) throw new Error(`${line}: ${reason}`);
  // On a slow machine the answer does not wait for the disk, but whoever ends this process next has to.
  if (!logged && !(await store.flush())) throw new Error(`${line}: not logged`);
  tell();
}

function tell(): void {
  console.log(JSON.stringify(Object.fromEntries(board.records().map(({ id, state }) => [id, state]))));
}
