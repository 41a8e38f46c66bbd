/** The client that benches count deliveries with, against the libraries that everyone uses. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';
import { FrameReader, OPCODE } from '../../bench/frames.ts';
import { joinAll, LightClient, type Target } from '../../bench/light-client.ts';
import { connect } from '../integration/clients.ts';
import { randomOf } from '../kill/random.ts';

/** Around each length at which a frame's header grows, and more than a socket gives at once. */
const LENGTHS = [0, 1, 100, 120, 125, 126, 127, 1000, 65_530, 65_535, 65_536, 700_000];

describe('the light client of the benches', () => {
  let server: Server;
  let io: SocketIo;
  let target: Target;
  beforeEach(async () => {
    server = createServer();
    io = new SocketIo(server, { pingInterval: 50, pingTimeout: 200 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    target = { port, path: '/socket.io/?EIO=4&transport=websocket', socketIo: { auth: { who: 'light' } } };
  });
  afterEach(() => io.close());

  it('hears what socket.io-client hears, message by message', async () => {
    const heard: string[] = [];
    const hear = ({ head, length }: { head: Buffer; length: number }): void => {
      assert.equal(head.length, length);
      heard.push(head.toString());
    };
    const light = await LightClient.join(target, { hear });
    const other = await connect(`http://127.0.0.1:${target.port}`, 'websocket');
    for (const length of LENGTHS) io.emit('change', { length, text: 'é'.repeat(length) });
    const last = other.next('end');
    io.emit('end', {});
    await last;
    while (heard.length <= LENGTHS.length) await new Promise((resolve) => setTimeout(resolve, 5));
    const others = other.heard.map(({ event, payload }) => `42${JSON.stringify([event, payload])}`);
    assert.deepEqual(heard, others);
    assert.equal(light.messages, others.length);
    assert.equal(
      light.bytes,
      others.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    );
    light.close();
    other.close();
  });

  it('says who it is, answers pings and notices that it is disconnected', async () => {
    const connected = once(io, 'connection') as Promise<[{ handshake: { auth: object } }]>;
    const light = await LightClient.join(target);
    assert.deepEqual((await connected)[0].handshake.auth, { who: 'light' });
    // Four pings and the patience for one.
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual([light.lost, light.messages, io.engine.clientsCount], [undefined, 0, 1]);
    io.disconnectSockets(true);
    while (!light.lost) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.match(light.lost.message, /goodbye|closed/);
  });

  it('is refused as others are', async () => {
    io.use((_socket, next) => next(new Error('not today')));
    await assert.rejects(LightClient.join(target), /not today/);
    await assert.rejects(LightClient.join({ ...target, path: '/socket.io/?EIO=4' }), /not upgraded/);
  });

  it('speaks to a bare WebSocket server, many at once, and keeps no more than it is asked to', async () => {
    const bare = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(bare, 'listening');
    const heads: string[] = [];
    const clients = await joinAll({ port: (bare.address() as AddressInfo).port, path: '/' }, 25, () => ({
      keep: 64,
      hear: ({ head }) => heads.push(head.toString()),
    }));
    const pongs = Promise.all(Array.from(bare.clients, (client) => once(client, 'pong')));
    for (const client of bare.clients) {
      client.send('x'.repeat(100_000));
      client.ping('there?');
    }
    for (const pong of await pongs) assert.equal(String(pong[0]), 'there?');
    assert.deepEqual(
      heads,
      Array.from({ length: 25 }, () => 'x'.repeat(64)),
    );
    for (const client of clients) {
      assert.deepEqual([client.messages, client.bytes, client.lost], [1, 100_000, undefined]);
      client.close();
    }
    bare.close();
  });

  it('finds frames wherever they are cut', () => {
    const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
    const random = randomOf(seed);
    for (let round = 0; round < 300; round++) {
      const sent = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
        const limit = [10, 200, 70_000][Math.floor(random() * 3)]!;
        return Buffer.alloc(Math.floor(random() * limit), Math.floor(random() * 256));
      });
      const stream = Buffer.concat(sent.flatMap((payload) => [headerOf(payload.length), payload]));
      const got: Buffer[] = [];
      const reader = new FrameReader(Infinity, ({ head }) => got.push(Buffer.from(head)));
      for (let at = 0; at < stream.length;) {
        const end = at + 1 + Math.floor(random() * [3, 100, 100_000][Math.floor(random() * 3)]!);
        // As the shared buffer is, it is overwritten as soon as it was taken.
        const chunk = Buffer.from(stream.subarray(at, end));
        reader.take(chunk);
        chunk.fill(0xee);
        at = end;
      }
      assert.deepEqual(got, sent, `SEED=${seed}, round ${round}`);
    }
  });
});

function headerOf(length: number): Buffer {
  const first = 0x80 | OPCODE.text;
  if (length < 126) return Buffer.from([first, length]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
