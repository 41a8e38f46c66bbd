/** Finds the messages in what a WebSocket server sends, without keeping more of them than is asked for. */

/** The longest header of a frame that is not masked. */
const MAX_HEADER = 10;
/** What a server may say of a frame: opcodes of RFC 6455, section 5.2. */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  /** All of its payload, or the beginning of it. Valid only until the callback returns. */
  readonly head: Buffer;
  /** Bytes of the payload. */
  readonly length: number;
}

/** Reads the frames of one connection, piece by piece as they come. */
export class FrameReader {
  readonly #keep: number;
  readonly #hear: (frame: Frame) => void;
  /** The beginning of a header whose rest has not come yet. */
  readonly #header = Buffer.allocUnsafe(MAX_HEADER);
  #headerLength = 0;
  #opcode = 0;
  #length = 0;
  /** Bytes of the payload that have not come yet. */
  #left = 0;
  #kept: Buffer = Buffer.alloc(0);
  #keptLength = 0;

  /** `keep`: how many bytes of a payload `hear` is told. */
  constructor(keep: number, hear: (frame: Frame) => void) {
    this.#keep = keep;
    this.#hear = hear;
  }

  /** Takes what came; the buffer may be used for something else as soon as this returns. Throws for what no server may send. */
  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) at = this.#continue(chunk, at);
      else at = this.#begin(chunk, at);
    }
  }

  #continue(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#keptLength += chunk.copy(this.#kept, this.#keptLength, at, end);
    this.#left -= end - at;
    if (this.#left === 0) this.#tell(this.#kept);
    return end;
  }

  #begin(chunk: Buffer, at: number): number {
    if (this.#headerLength > 0 || chunk.length - at < MAX_HEADER) return this.#collect(chunk, at);
    const size = sizeOfHeader(chunk[at + 1]!);
    return this.#payload(chunk, at, size);
  }

  /** A header that comes in parts, or is so near to the end that it might. */
  #collect(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      this.#header[this.#headerLength++] = chunk[at++]!;
      if (this.#headerLength < 2 || this.#headerLength < sizeOfHeader(this.#header[1]!)) continue;
      this.#headerLength = 0;
      this.#understand(this.#header, 0);
      return this.#take(chunk, at);
    }
    return at;
  }

  #payload(chunk: Buffer, at: number, size: number): number {
    this.#understand(chunk, at);
    return this.#take(chunk, at + size);
  }

  #take(chunk: Buffer, at: number): number {
    const end = at + this.#length;
    if (end <= chunk.length) {
      this.#tell(chunk.subarray(at, at + Math.min(this.#length, this.#keep)));
      return end;
    }
    this.#kept = Buffer.allocUnsafe(Math.min(this.#length, this.#keep));
    this.#keptLength = 0;
    this.#left = this.#length;
    return at === chunk.length ? at : this.#continue(chunk, at);
  }

  #understand(bytes: Buffer, at: number): void {
    const [first, second] = [bytes[at]!, bytes[at + 1]!];
    if ((first & 0xf0) !== 0x80 || (second & 0x80) !== 0) {
      throw new Error(`a frame that begins with ${first}, ${second} is in parts, compressed or masked`);
    }
    this.#opcode = first & 0x0f;
    const short = second & 0x7f;
    if (short < 126) this.#length = short;
    else if (short === 126) this.#length = bytes.readUInt16BE(at + 2);
    else this.#length = Number(bytes.readBigUInt64BE(at + 2));
  }

  #tell(head: Buffer): void {
    this.#hear({ opcode: this.#opcode, head, length: this.#length });
  }
}

/** A frame of a client with less than 126 bytes: masked, as it has to be, by zeros, which change nothing. */
export function clientFrame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new Error(`${payload.length} bytes are too many for a short frame`);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

function sizeOfHeader(second: number): number {
  const short = second & 0x7f;
  if (short < 126) return 2;
  return short === 126 ? 4 : MAX_HEADER;
}
