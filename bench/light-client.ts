/**
 * A client so light that the server is what is measured: a raw socket that reads into one buffer which all of them share,
 * counts WebSocket messages, and knows of Engine.IO and Socket.IO only how to join and how to answer a ping.
 * `test/bench/light-client.test.ts` holds it against socket.io-client.
 */
import { connect, type Socket } from 'node:net';
import { clientFrame, FrameReader, OPCODE, type Frame } from './frames.ts';

/** Where and how to connect. */
export interface Target {
  readonly port: number;
  readonly path: string;
  /** Left out: a bare WebSocket, which has joined as soon as it is open. */
  readonly socketIo?: {
    /** Sent with the request to join; less than 120 bytes as JSON. */
    readonly auth?: object;
  };
}

/** A message as it was heard. */
export interface Heard {
  /** All of it or its beginning. Valid only until the callback returns. */
  readonly head: Buffer;
  /** Bytes on the wire without the frame's header. */
  readonly length: number;
}

export interface LightClientOptions {
  /** How many bytes of a message are kept for `hear`; all, if left out. */
  readonly keep?: number;
  readonly hear?: (heard: Heard) => void;
}

const shared = Buffer.allocUnsafe(256 * 1024);
const PONG = clientFrame(OPCODE.text, '3');
const [OPEN, PING, JOINED, REFUSED] = ['0', '2', '40', '44'] as const;
/** What is heard is judged by so many bytes. */
const MIN_KEPT = 64;

export class LightClient {
  /** Messages and bytes that were heard since it had joined; neither pings nor what belongs to joining. */
  messages = 0;
  bytes = 0;
  /** Set once the connection has ended without having been asked to. */
  lost: Error | undefined;
  readonly #target: Target;
  readonly #hear: (heard: Heard) => void;
  readonly #frames: FrameReader;
  readonly #socket: Socket;
  /** What has come of the answer to the upgrade; undefined once it is complete. */
  #answer: string | undefined = '';
  #join: (error?: Error) => void = () => {};

  private constructor(target: Target, { keep = Infinity, hear = () => {} }: LightClientOptions) {
    this.#target = target;
    this.#hear = hear;
    this.#frames = new FrameReader(Math.max(keep, MIN_KEPT), (frame) => this.#frame(frame));
    this.#socket = connect({
      port: target.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length, buffer) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
  }

  /** Resolves once it has joined; rejects where it may not. */
  static async join(target: Target, options: LightClientOptions = {}): Promise<LightClient> {
    const client = new LightClient(target, options);
    await new Promise<void>((resolve, reject) => {
      client.#join = (error) => (error ? reject(error) : resolve());
      client.#socket.on('error', (error) => client.#end(error));
      client.#socket.on('close', () => client.#end(new Error('the server closed the connection')));
      client.#socket.write(requestFor(target));
    });
    return client;
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #end(error: Error): void {
    this.lost ??= error;
    this.#socket.destroy();
    this.#join(error);
  }

  #read(chunk: Buffer): void {
    try {
      if (this.#answer === undefined) this.#frames.take(chunk);
      else this.#upgrade(chunk);
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #upgrade(chunk: Buffer): void {
    // One character a byte, so that what follows the head is not touched.
    const answer = this.#answer + chunk.toString('latin1');
    const end = answer.indexOf('\r\n\r\n');
    this.#answer = end < 0 ? answer : undefined;
    if (end < 0) return;
    if (!answer.startsWith('HTTP/1.1 101')) throw new Error(`not upgraded: ${answer.slice(0, 200)}`);
    if (!this.#target.socketIo) this.#join();
    const rest = Buffer.from(answer.slice(end + 4), 'latin1');
    if (rest.length > 0) this.#frames.take(rest);
  }

  #frame({ opcode, head, length }: Frame): void {
    if (opcode === OPCODE.ping) this.#socket.write(clientFrame(OPCODE.pong, head.toString()));
    else if (opcode === OPCODE.close) throw new Error('the server said goodbye');
    else if (opcode === OPCODE.text || opcode === OPCODE.binary) this.#message(head, length);
  }

  #message(head: Buffer, length: number): void {
    if (this.#target.socketIo && this.#isOfTheProtocol(head)) return;
    this.messages++;
    this.bytes += length;
    this.#hear({ head, length });
  }

  /** Answers what the protocols themselves ask for; false for an event. */
  #isOfTheProtocol(head: Buffer): boolean {
    const begins = head.toString('latin1', 0, 2);
    if (begins === PING) this.#socket.write(PONG);
    else if (begins.startsWith(OPEN)) {
      const auth = JSON.stringify(this.#target.socketIo?.auth ?? {});
      this.#socket.write(clientFrame(OPCODE.text, `40${auth}`));
    } else if (begins === JOINED) this.#join();
    else if (begins === REFUSED) throw new Error(`may not join: ${head.toString()}`);
    else return false;
    return true;
  }
}

/** Joins so many, a few at a time: no server lets everyone stand at its door at once. */
export async function joinAll(
  target: Target,
  count: number,
  options: (index: number) => LightClientOptions = () => ({}),
): Promise<LightClient[]> {
  const clients: LightClient[] = [];
  const AT_ONCE = 10;
  while (clients.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, (_, index) =>
      LightClient.join(target, options(clients.length + index)),
    );
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}

function requestFor({ port, path }: Target): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    '\r\n',
  ].join('\r\n');
}
