/** What was made up is said to the plant. */
import { bytes, lines, tell, type Told } from '../abuse/bytes.ts';
import { frame } from '../lib/live/frames.ts';
import { rawSocket, type RawSocket } from '../lib/live/serving.ts';
import type { Talk } from './make-talk.ts';
import type { FuzzPlant } from './plant.ts';

export const POLLING = '/socket.io/?EIO=4&transport=polling';
/** Nothing that is made up has it. */
const MARK = '~seen~';
/** A body of polling may have 64 kB. */
const MAX_BODY = 60_000;
const HEALTH = lines('GET /api/health HTTP/1.1', 'Host: 127.0.0.1', 'Connection: close');

/** Says all of it. Rejects where somebody is cut off who said nothing wrong, or a whole request is not answered. */
export async function haveTalk(talk: Talk, plant: FuzzPlant): Promise<void> {
  await HAVE[talk.kind](talk, plant);
}

const HAVE: Readonly<Record<Talk['kind'], (talk: Talk, plant: FuzzPlant) => Promise<void>>> = {
  async websocket(talk, { port }) {
    const socket = await rawSocket(port, { from: talk.address, headers: talk.who });
    await socket.heard('"sid"');
    if (talk.odd !== undefined) socket.send(talk.odd);
    if (talk.odd === undefined || /44\{/.test(await socket.heard(/4[04]\{"/))) {
      socket.send(talk.good);
      await socket.heard('40{"sid"');
    }
    await say(socket, talk);
    await end(socket, talk);
    await socket.closed();
  },

  async polling({ address: from, who, odd, good, inputs }, { port }) {
    const headers = Object.fromEntries(who.map((header) => header.split(': ', 2)));
    const opened = await tell(port, POLLING, { from, headers });
    const { sid } = JSON.parse(opened.text.slice(1)) as { sid: string };
    const path = `${POLLING}&sid=${sid}`;
    const post = (body: string | Buffer): Promise<Told> =>
      tell(port, path, { method: 'POST', from, headers: { ...headers, 'content-type': 'text/plain' }, body });
    const postAllowed = async (body: string | Buffer): Promise<void> => {
      const { status } = await post(body);
      if (status !== 200) throw new Error(`what is allowed was answered ${status}`);
    };
    if (odd !== undefined) await postAllowed(odd);
    if (odd === undefined || (await tell(port, path, { from, headers })).text.startsWith('44'))
      await postAllowed(good);
    const allowed = inputs.filter(({ isAllowed }) => isAllowed).map(({ bytes: one }) => one);
    for (const body of bodies(allowed)) await postAllowed(body);
    for (const { bytes: wrong } of inputs.slice(allowed.length)) await post(wrong);
    await post('1');
  },

  async joining(talk, { port }) {
    const socket = await rawSocket(port, { from: talk.address });
    await socket.heard('"sid"');
    await say(socket, {
      ...talk,
      inputs: talk.inputs.map((input) => ({ ...input, bytes: frame(input.bytes) })),
    });
    socket.socket.end();
    await socket.closed();
  },

  async requests({ address: from, inputs, ending }, { port }) {
    const allowed = inputs.filter(({ isAllowed }) => isAllowed).map(({ bytes: one }) => one);
    const { statuses, text } = await bytes(port, [...allowed, HEALTH], { from });
    const answers = statuses.filter((status) => status !== 100);
    if (answers.length !== allowed.length + 1)
      throw new Error(`${allowed.length + 1} requests were answered ${answers.join()}`);
    if (answers.includes(500)) throw new Error(`answered 500: ${text}`);
    for (const { bytes: wrong } of inputs.slice(allowed.length))
      await bytes(port, [wrong], { from, ends: ending === 'end' ? 'at once' : 'reset' });
  },

  async handshake({ address: from, who, inputs }, { port }) {
    const parts = inputs.map(({ bytes: one }) => one);
    const { text } = await bytes(port, parts, { from, ends: parts.length, more: 'x' });
    const headers = Object.fromEntries(who.map((header) => header.split(': ', 2)));
    for (const [, sid] of text.matchAll(/"sid":"([\w-]+)"/g))
      await tell(port, `${POLLING}&sid=${sid}`, { method: 'POST', from, headers, body: '1' });
  },
};

/** All that is allowed, and makes sure that it was heard; then the rest. */
async function say({ socket, heard }: RawSocket, { inputs }: Talk): Promise<void> {
  const allowed = inputs.filter(({ isAllowed }) => isAllowed);
  socket.write(Buffer.concat([...allowed.map(({ bytes: one }) => one), frame(MARK, { opcode: 9 })]));
  await heard(MARK);
  if (allowed.length < inputs.length)
    socket.write(Buffer.concat(inputs.slice(allowed.length).map(({ bytes: one }) => one)));
}

async function end({ socket, send, heard }: RawSocket, { ending, inputs }: Talk): Promise<void> {
  if (ending === 'reset') {
    socket.write('', () => socket.resetAndDestroy());
    return;
  }
  // Whoever leaves is to be let go of without having to close the connection, too.
  if (ending === 'leave' && inputs.at(-1)?.isAllowed) {
    send('41');
    // Whoever goes on saying that they are there is not ended for their silence.
    const staying = setInterval(() => send('3'), 500);
    await heard('\u0088').finally(() => clearInterval(staying));
  }
  if (ending === 'close') socket.write(frame(Buffer.from([3, 232]), { opcode: 8 }));
  if (ending === 'goodbye') send('1');
  socket.end();
}

/** As few as their sizes let there be. */
function bodies(packets: readonly Buffer[]): Buffer[] {
  const found: Buffer[] = [];
  for (const packet of packets) {
    const last = found.at(-1);
    if (last && last.length + packet.length < MAX_BODY)
      found[found.length - 1] = Buffer.concat([last, Buffer.from('\x1e'), packet]);
    else found.push(packet);
  }
  return found;
}
