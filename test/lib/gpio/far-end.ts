import { forgetMessages, messagePort } from '../../../lib/gpio/message-port.ts';
import type { Attached, MessageLink } from '../../../lib/gpio/message-port.ts';

/** Outputs at the other end of the wires of a board, and the node between them: answers at once unless it is told not to. */
export class FarEnd implements MessageLink {
  /** What the outputs are, true for high. */
  readonly outputs = new Map<number, boolean>();
  readonly written: { levels: Map<number, boolean>; all: Map<number, boolean> }[] = [];
  readonly asked: (readonly number[])[] = [];
  /** Answers nothing, though it does what it is told. */
  isSilent = false;
  /** Outputs that do not follow. */
  readonly stuck = new Set<number>();
  attached: Attached | undefined;
  readonly #board: string;

  constructor(board: string) {
    this.#board = board;
  }

  /** Comes to the board, as a node does when it is deployed. */
  come(): this {
    this.attached = messagePort(this.#board).attach(this);
    this.attached.ready();
    return this;
  }

  go(): void {
    this.attached?.detach();
    this.attached = undefined;
  }

  write(levels: ReadonlyMap<number, boolean>, all: ReadonlyMap<number, boolean>): void {
    this.written.push({ levels: new Map(levels), all: new Map(all) });
    for (const [line, level] of levels) if (!this.stuck.has(line)) this.outputs.set(line, level);
    if (!this.isSilent) this.tell(...levels.keys());
  }

  ask(lines: readonly number[]): void {
    this.asked.push(lines);
    if (!this.isSilent) this.tell(...lines);
  }

  /** Sends what these outputs are; all of them where none is named. */
  tell(...lines: number[]): void {
    const of = lines.length > 0 ? lines : [...this.outputs.keys()];
    messagePort(this.#board).receive(new Map(of.map((line) => [line, this.outputs.get(line) ?? false])));
  }

  /** A broker delivers again what it has kept: what these outputs were. */
  replay(...levels: (readonly [number, boolean])[]): void {
    messagePort(this.#board).receive(new Map(levels), true);
  }

  /** Its last will says that it is away. */
  leave(source: string, ...lines: number[]): void {
    messagePort(this.#board).away({ source, lines });
  }

  /** A topic says that it is there. */
  return(source: string, ...lines: number[]): void {
    messagePort(this.#board).back({ source, lines });
  }

  /** Says that it is there again, as the last will of an MQTT device does. */
  back(): void {
    messagePort(this.#board).back();
  }

  fail(reason: string, ...lines: number[]): void {
    messagePort(this.#board).fail(lines, reason);
  }

  /** A broker delivers again what it has kept: a failure. */
  failBefore(reason: string, ...lines: number[]): void {
    messagePort(this.#board).fail(lines, reason, true);
  }

  forget(): void {
    this.go();
    forgetMessages(this.#board);
  }
}
