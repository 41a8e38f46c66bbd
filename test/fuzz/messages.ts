/** Packets as WebSocket frames and as bodies of polling. */
import { frame } from '../lib/live/frames.ts';
import type { Dice } from './dice.ts';
import { allowedPacket, wrongPacket, type Packet } from './packets.ts';
import { damaged } from './values.ts';

const SEPARATOR = '\x1e';
const LARGEST = Number.MAX_SAFE_INTEGER;

/** A packet with what belongs to it, in frames that the protocol allows: whole or in parts, with a ping in between. */
export function allowedFrames(dice: Dice): Buffer {
  const { text, attachments } = allowedPacket(dice);
  const parts = dice.chance(0.15) ? inParts(dice, text, 1) : [frame(text)];
  for (const bytes of attachments) {
    parts.push(...(dice.chance(0.2) ? inParts(dice, bytes, 2) : [frame(bytes, { opcode: 2 })]));
  }
  return Buffer.concat(parts);
}

/** Frames that end the connection, or would if they came to an end themselves. */
export function wrongFrames(dice: Dice): Buffer {
  if (dice.chance(0.5)) {
    const { text, attachments } = wrongPacket(dice);
    return Buffer.concat([frame(text), ...attachments.map((bytes) => frame(bytes, { opcode: 2 }))]);
  }
  if (dice.chance(0.4)) return damaged(dice, allowedFrames(dice));
  return dice.pick(WRONG)(dice);
}

/** Packets of one body, as one text. */
export function body(packets: readonly Packet[]): Buffer {
  const all = packets.flatMap(({ text, attachments }) => [
    text,
    ...attachments.map((bytes) => Buffer.from(`b${bytes.toString('base64')}`)),
  ]);
  return Buffer.concat(all.flatMap((part, index) => (index > 0 ? [Buffer.from(SEPARATOR), part] : [part])));
}

export function wrongBody(dice: Dice): Buffer {
  const packets = Array.from({ length: dice.below(4) }, () => allowedPacket(dice));
  const whole = body([...packets, wrongPacket(dice)]);
  const kind = dice.below(6);
  if (kind === 0) return damaged(dice, whole);
  if (kind === 1) return Buffer.from(SEPARATOR.repeat(1 + dice.below(2000)));
  if (kind === 2) return Buffer.alloc(64 * 1024 + dice.below(3) - 1, '4');
  return whole;
}

const WRONG: readonly ((dice: Dice) => Buffer)[] = [
  () => frame(''),
  (dice) => frame(allowedPacket(dice).text, { masked: false }),
  (dice) => frame(allowedPacket(dice).text, { reserved: 1 + dice.below(7) }),
  (dice) => frame(allowedPacket(dice).text, { opcode: dice.pick([3, 7, 11, 15]) }),
  (dice) => frame(allowedPacket(dice).text, { opcode: 0 }),
  (dice) => frame(allowedPacket(dice).text, { opcode: 2 }),
  (dice) => Buffer.concat([frame('42[', { fin: false }), frame(allowedPacket(dice).text)]),
  (dice) => frame('42["own"]', { length: dice.pick([70_000, 2 ** 31, 2 ** 32, LARGEST]) }),
  (dice) => frame(dice.bytes(126 + dice.below(10)), { opcode: dice.pick([8, 9, 10]) }),
  (dice) => frame(dice.bytes(dice.below(4)), { opcode: 8 }),
  (dice) => frame('', { opcode: dice.pick([8, 9, 10]), fin: false }),
  (dice) => frame(Buffer.concat([Buffer.from('42["'), dice.pick(NOT_UTF8), Buffer.from('"]')])),
  (dice) =>
    Buffer.concat(Array.from({ length: 200 + dice.below(800) }, () => frame('', { fin: false, opcode: 0 }))),
  () => frame('', { fin: false }),
];
const NOT_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]].map(
  (bytes) => Buffer.from(bytes),
);

function inParts(dice: Dice, whole: Buffer, opcode: 1 | 2): Buffer[] {
  const at = dice.below(whole.length + 1);
  return [
    frame(whole.subarray(0, at), { opcode, fin: false }),
    ...(dice.chance(0.5) ? [frame('', { opcode: 0, fin: false })] : []),
    ...(dice.chance(0.3) ? [frame('in between', { opcode: 9 + dice.below(2) })] : []),
    frame(whole.subarray(at), { opcode: 0 }),
  ];
}
