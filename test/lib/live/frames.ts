/** WebSocket frames (RFC 6455) as a client sends them, and as no client should. */

export interface FrameOptions {
  /** 0 continues, 1 is text, 2 bytes, 8 closes, 9 pings, 10 pongs. */
  readonly opcode?: number;
  /** Whether it is the last of its message. */
  readonly fin?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
  /** Clients must. The mask is zero, so that what is sent can be read. */
  readonly masked?: boolean;
  /** What it says its length is, in bytes; left out: what it is. */
  readonly length?: number;
}

export function frame(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = 1, fin = true, reserved = 0, masked = true } = options;
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const { length = body.length } = options;
  const sized = length > 0xffff ? 8 : length > 125 ? 2 : 0;
  const head = Buffer.alloc(2 + sized + (masked ? 4 : 0));
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (sized === 8 ? 127 : sized === 2 ? 126 : length);
  if (sized === 8) head.writeBigUInt64BE(BigInt(length), 2);
  else if (sized === 2) head.writeUInt16BE(length, 2);
  return Buffer.concat([head, body]);
}
