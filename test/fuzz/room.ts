/** Whether everybody still finds room: what is counted of connections and clients was counted back. */
import assert from 'node:assert/strict';
import { SHARE_EACH } from '../../lib/live/admission.ts';
import { tell } from '../abuse/bytes.ts';
import { rawSocket, type RawSocket } from '../lib/live/serving.ts';
import { headerOf } from './people.ts';
import { MAX_CLIENTS, MAX_HALF_OPEN, type FuzzPlant } from './plant.ts';
import { POLLING } from './talks.ts';

/** As many connections that have not joined yet as there may be, from these addresses: none that was there before had to go. */
export async function fillHalfOpen({ port, live }: FuzzPlant, addresses: readonly string[]): Promise<void> {
  const before = live.connections;
  const open = async (from: string): Promise<() => Promise<number>> => {
    const { status, text } = await tell(port, POLLING, { from });
    assert.equal(status, 200, text);
    const { sid } = JSON.parse(text.slice(1)) as { sid: string };
    return async () =>
      (await tell(port, `${POLLING}&sid=${sid}`, { method: 'POST', from, body: '1' })).status;
  };
  const ends: (() => Promise<number>)[] = [];
  for (let count = 0; count < MAX_HALF_OPEN; count++)
    ends.push(await open(addresses[count % addresses.length]!));
  assert.equal(live.connections, before + MAX_HALF_OPEN);
  // Then the oldest of the address with the most goes.
  ends.push(await open(addresses[0]!));
  assert.equal(live.connections, before + MAX_HALF_OPEN);
  const statuses: number[] = [];
  for (const end of ends) statuses.push(await end());
  assert.deepEqual(statuses, [400, ...ends.slice(1).map(() => 200)]);
  assert.equal(live.connections, before);
}

/** As many clients of each as one may have; `there`: how many of them are there already. */
export async function fillShares(
  { port, live }: FuzzPlant,
  there: Readonly<Record<string, number>>,
): Promise<void> {
  const most = MAX_CLIENTS * SHARE_EACH;
  const sockets: RawSocket[] = [];
  for (const who of ['viewer', 'operator'] as const) {
    const join = async (): Promise<string> => {
      const socket = await rawSocket(port, { headers: headerOf(who) });
      sockets.push(socket);
      await socket.heard('"sid"');
      socket.send('40');
      return socket.heard(/4[04]\{"/);
    };
    for (let count = there[who] ?? 0; count < most; count++) assert.match(await join(), /40\{"sid"/);
    assert.match(await join(), /44\{.*"limit"/);
  }
  assert.equal(live.count, 2 * most + Object.keys(there).length - 1);
  await Promise.all(sockets.map(async ({ socket, closed }) => (socket.end(), closed())));
}
