import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Socket as TcpSocket, type AddressInfo } from 'node:net';
import { Server as Engine, type Socket as Connection } from 'engine.io';
import { WebSocket } from 'ws';
import { eventText, frameOf, idleSocketOf } from '../../../lib/live/ready-frame.ts';
import { rawSocket, serve } from './serving.ts';

const SIZES: [name: string, size: number, second: number][] = [
  ['in one byte', 10, 84],
  ['in two bytes', 2000, 126],
  ['in eight bytes', 70_000, 127],
];

describe('a ready frame', () => {
  for (const [name, size, second] of SIZES) {
    it(`is to the byte what the library writes, its length ${name}`, async () => {
      const written: Buffer[] = [];
      for (const writesFrames of [true, false]) {
        const { port, live, next, stop } = await serve({ writesFrames });
        const came = next('connect');
        const raw = await rawSocket(port);
        await raw.heard('sid');
        raw.send('40');
        await came;
        await raw.heard('connected');
        let bytes = Buffer.alloc(0);
        const all = new Promise<void>((resolve) => {
          raw.socket.on('data', (chunk: Buffer) => {
            bytes = Buffer.concat([bytes, chunk]);
            if (bytes.toString().endsWith('"}]')) resolve();
          });
        });
        live.publish('system/stats', { name: 'دمای کوره', text: 'é'.repeat(size) });
        await all;
        written.push(bytes);
        raw.socket.destroy();
        await stop();
      }
      assert.deepEqual(written[0], written[1]);
      assert.equal(written[0]![1], second);
    });
  }

  it('is refused where there is no JSON', () => {
    assert.throws(() => eventText('own', { loop: 1n }), TypeError);
  });
});

// What is looked at here belongs in part to engine.io and ws alone: a version that has it no more fails here, and costs nothing but time.
describe('an idle WebSocket', () => {
  let engine: Engine;
  let server: Server;
  let client: WebSocket | undefined;
  const start = (options: object = {}): Promise<void> => {
    engine = new Engine(options);
    server = createServer((request, response) => engine.handleRequest(request as never, response));
    server.on('upgrade', (request, socket, head) => engine.handleUpgrade(request, socket, head));
    server.listen(0, '127.0.0.1');
    return once(server, 'listening').then(() => undefined);
  };
  const url = (scheme: string, transport: string): string =>
    `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/engine.io/?EIO=4&transport=${transport}`;
  const join = async (options: object = {}): Promise<Connection> => {
    const came = once(engine, 'connection') as Promise<[Connection]>;
    client = new WebSocket(url('ws', 'websocket'), options);
    const opened = once(client, 'message');
    const [connection] = await came;
    await opened;
    return connection;
  };
  /** Once what was sent so far has been taken by the system. */
  const sent = async (connection: Connection): Promise<void> => {
    while (!connection.transport.writable) await once(connection.transport, 'ready');
  };
  afterEach(async () => {
    client?.terminate();
    client = undefined;
    engine.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('is its TCP socket', async () => {
    await start();
    const connection = await join();
    await sent(connection);
    assert.ok(idleSocketOf(connection) instanceof TcpSocket);
  });

  it('is not idle while the library has something under way', async () => {
    await start();
    const connection = await join();
    await sent(connection);
    connection.send('one');
    assert.equal(idleSocketOf(connection), undefined);
    await sent(connection);
    assert.ok(idleSocketOf(connection));
  });

  it('is not idle while what was written past the library has not been taken', async () => {
    await start();
    const connection = await join();
    await sent(connection);
    client!.pause();
    const frame = frameOf(eventText('own', 'x'.repeat(1_000_000)));
    let writes = 0;
    for (let tcp = idleSocketOf(connection); tcp && writes < 100; tcp = idleSocketOf(connection)) {
      tcp.write(frame);
      writes++;
    }
    assert.ok(writes < 100, `${writes} MB were written to somebody who does not read`);
  });

  it('is none where messages may be compressed', async () => {
    await start({ perMessageDeflate: true });
    const connection = await join({ perMessageDeflate: true });
    await sent(connection);
    assert.equal(idleSocketOf(connection), undefined);
  });

  it('is none where a client polls, or has gone', async () => {
    await start();
    const came = once(engine, 'connection') as Promise<[Connection]>;
    await fetch(url('http', 'polling')).then((answer) => answer.text());
    assert.equal(idleSocketOf((await came)[0]), undefined);
    const connection = await join();
    client!.terminate();
    await once(connection, 'close');
    assert.equal(idleSocketOf(connection), undefined);
  });

  it('is none of anything unknown', () => {
    for (const unknown of [{}, { readyState: 'open' }, { readyState: 'open', upgrading: false }]) {
      assert.equal(idleSocketOf(unknown), undefined);
    }
  });
});
