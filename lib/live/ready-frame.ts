/**
 * An event as the bytes that a WebSocket carries, made once and written to every client that is idle: past the library, whose
 * way takes as much time again as the write itself. Where anything is not as expected, the library's own way is taken.
 */
import type { Socket as TcpSocket } from 'node:net';

/** A message of Engine.IO. */
const MESSAGE = '4';
/** In it, an event of Socket.IO in the main namespace. */
const EVENT = '2';
/** A whole message (RFC 6455, 5.2) of text. */
const TEXT = 0x81;

/** What is looked at of a connection; all of it belongs to engine.io and ws, some of it privately, so none is taken for granted. */
interface Connection {
  readonly readyState?: unknown;
  readonly upgrading?: unknown;
  readonly writeBuffer?: { readonly length: number };
  readonly transport?: {
    readonly name?: unknown;
    readonly writable?: unknown;
    readonly socket?: {
      readonly readyState?: unknown;
      readonly extensions?: unknown;
      readonly _socket?: TcpSocket;
    };
  };
}

/** The event as a message of Engine.IO. `payload` must be JSON without buffers. Throws what JSON.stringify throws. */
export function eventText(event: string, payload: unknown): string {
  return EVENT + JSON.stringify([event, payload]);
}

/** The message as a WebSocket carries it. */
export function frameOf(message: string): Buffer {
  const text = MESSAGE + message;
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : length <= 0xffff ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = TEXT;
  if (head === 2) {
    frame[1] = length;
  } else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, head);
  return frame;
}

/** The TCP socket below a WebSocket that is open. */
export function socketOf(connection: unknown): TcpSocket | undefined {
  const { transport } = connection as Connection;
  return transport?.name === 'websocket' ? transport.socket?._socket : undefined;
}

/**
 * The TCP socket of a WebSocket on which nothing waits: whole frames may be written to it without overtaking anything.
 * Undefined for any other connection.
 */
export function idleSocketOf(connection: unknown): TcpSocket | undefined {
  const { readyState, upgrading, writeBuffer, transport } = connection as Connection;
  if (readyState !== 'open' || upgrading !== false || writeBuffer?.length !== 0) return undefined;
  if (transport?.name !== 'websocket' || transport.writable !== true) return undefined;
  const { socket } = transport;
  // An extension would change what a frame looks like.
  if (socket?.readyState !== 1 || socket.extensions !== '') return undefined;
  const tcp = socket._socket;
  return tcp?.writable === true && tcp.writableLength === 0 ? tcp : undefined;
}
