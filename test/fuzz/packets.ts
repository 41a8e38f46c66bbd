/** Packets of Engine.IO with what Socket.IO carries in them: right, odd, and wrong. */
import type { Dice } from './dice.ts';
import { damaged, json, number, object, RELAYS, text } from './values.ts';

/** What one who has joined sends. */
export interface Packet {
  readonly text: Buffer;
  /** The binary messages that belong to it. */
  readonly attachments: readonly Buffer[];
  /** Whether the protocols allow it, so that whoever sends it stays connected. */
  readonly isAllowed: boolean;
}

/** Many of them fit into a body. */
const MAX_BYTES = 16_000;

/** Allowed, whatever becomes of it. */
export function allowedPacket(dice: Dice): Packet {
  const made = dice.weigh(ALLOWED)(dice);
  return made.text.length > MAX_BYTES ? allowedPacket(dice) : made;
}

/** After this nothing is heard any more of whoever sends it, or it may be so. */
export function wrongPacket(dice: Dice): Packet {
  if (dice.chance(0.5)) {
    const { text: whole, attachments } = allowedPacket(dice);
    return packet(damaged(dice, whole), attachments, false);
  }
  return packet(dice.weigh(WRONG)(dice), [], false);
}

/** Joins in an odd way; `who`: what says who it is, as a part of an object. */
export function joining(dice: Dice, who: readonly string[]): string {
  const more: string[] = [];
  if (dice.chance(0.5)) more.push(`"protocol":${dice.chance(0.8) ? '2' : json(dice)}`);
  if (dice.chance(0.4)) more.push(`"topics":${dice.chance(0.5) ? '"relays/*"' : json(dice)}`);
  if (dice.chance(0.3)) more.push(`"since":${since(dice)}`);
  return `40${object(dice, 1, { first: more, last: who })}`;
}

const ALLOWED: readonly (readonly [number, (dice: Dice) => Packet])[] = [
  [30, (dice) => event(dice, '"command"', [command(dice)])],
  [15, (dice) => event(dice, '"subscribe"', [subscription(dice)])],
  [10, (dice) => event(dice, dice.pick(ASKING), values(dice))],
  [20, (dice) => event(dice, dice.chance(0.3) ? number(dice) : text(dice), values(dice))],
  [8, (dice) => event(dice, dice.pick(OURS), [command(dice)])],
  [8, withBytes],
  [2, (dice) => packet(Buffer.from(`43${dice.below(5)}[${values(dice).join(',')}]`), [], true)],
  [2, (dice) => packet(Buffer.from(dice.pick(['3', '3probe', '0', '5', '6', '42/,["command"]'])), [], true)],
];
const ASKING = ['"request_devices"', '"request_relays"', '"request_system_stats"', '"clock"'] as const;
const OURS = [
  '"connected"',
  '"request"',
  '"refused"',
  '"plant_update"',
  '"command_result"',
  '"error"',
] as const;

const WRONG: readonly (readonly [number, (dice: Dice) => Buffer])[] = [
  [3, (dice) => Buffer.from(`42["${dice.pick(RESERVED)}",${json(dice)}]`)],
  [3, (dice) => Buffer.from(`4${dice.below(10)}${dice.pick(NAMESPACES)}${dice.below(9)}${json(dice)}`)],
  [3, (dice) => Buffer.from(`45${dice.pick(COUNTS)}-["command",${command(dice)}]`)],
  [2, (dice) => Buffer.from(`42${'9'.repeat(dice.below(400))}${json(dice)}`)],
  [2, (dice) => Buffer.from(`40${object(dice)}`)],
  [2, () => Buffer.from('41')],
  [1, (dice) => Buffer.from(dice.pick(['', '1', '2', '2probe', '7', 'b', 'bAAAA', '4', '44', '4\u0000']))],
  [1, (dice) => Buffer.from(`42["own","${'x'.repeat(65_000 + dice.below(1000))}"]`)],
  [1, (dice) => dice.bytes(1 + dice.below(60))],
];
const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];
const NAMESPACES = ['', '/,', '/admin,', '/__proto__,', '//,', '/', `/${'x'.repeat(300)},`];
const COUNTS = ['', '0', '-1', '1', '2', '11', '1e9', '0x1', '99999999999999999999', 'NaN', ' 1'];

/** With or without waiting for an answer, under a number that may be odd. */
function event(dice: Dice, name: string, args: readonly string[]): Packet {
  const ack = dice.chance(0.2) ? String(dice.pick([0, 1, dice.below(1e6), '99999999999999999999'])) : '';
  return packet(Buffer.from(`42${ack}[${[name, ...args].join(',')}]`), [], true);
}

/** Attachments that are where their places say, and some that have none. */
function withBytes(dice: Dice): Packet {
  const attachments = Array.from({ length: 1 + dice.below(4) }, () => dice.bytes(dice.below(30)));
  const places = attachments.map((_, index) => `{"_placeholder":true,"num":${dice.chance(0.8) ? index : 0}}`);
  const name = dice.pick(['"command"', '"subscribe"', '"own"', '"request_relays"']);
  const ack = dice.chance(0.5) ? String(dice.below(100)) : '';
  const args = dice.chance(0.3) ? [`{"relay":${places[0]!},"action":"on"}`] : places.slice(dice.below(2));
  return packet(
    Buffer.from(`45${attachments.length}-${ack}[${[name, ...args].join(',')}]`),
    attachments,
    true,
  );
}

/** A command as it should be but for what is odd in it. */
export function command(dice: Dice): string {
  if (dice.chance(0.1)) return json(dice);
  const relay = dice.chance(0.85) ? `"${dice.pick(RELAYS)}"` : json(dice);
  const action = dice.chance(0.8) ? `"${dice.pick(ACTIONS)}"` : json(dice);
  const parts = [`"relay":${relay}`, `"action":${action}`];
  if (dice.chance(0.3)) parts.push(`"id":${dice.chance(0.5) ? `"c${dice.below(50)}"` : json(dice)}`);
  if (dice.chance(0.2)) parts.push(`"ttl":${dice.chance(0.5) ? '1' : number(dice)}`);
  if (dice.chance(0.2)) parts.push(`"issued":${dice.chance(0.5) ? '0' : number(dice)}`);
  if (dice.chance(0.2)) parts.push(`"for":${dice.chance(0.7) ? '500' : json(dice)}`);
  if (dice.chance(0.3)) parts.push(`"why":${dice.chance(0.5) ? '"work"' : json(dice)}`);
  if (dice.chance(0.2)) parts.push(`"force":${dice.pick(['true', 'false', '1'])}`);
  if (dice.chance(0.1)) return object(dice, 1, { first: parts });
  return `{${parts.join(',')}}`;
}
const ACTIONS = ['on', 'off', 'toggle', 'hand', 'auto', 'lock', 'unlock', 'unlock', 'trip', 'reset', 'ON'];

function subscription(dice: Dice): string {
  if (dice.chance(0.2)) return json(dice);
  return object(dice, 1, { first: [`"topics":${text(dice)}`, `"since":${since(dice)}`] });
}

function since(dice: Dice): string {
  if (dice.chance(0.5)) return json(dice);
  return `"${dice.pick(['k3f9', '', '__proto__', '-'.repeat(64), 'x'.repeat(65)])}.${dice.pick(['0', '41', '-1', '1e3', '9'.repeat(16)])}"`;
}

function values(dice: Dice): string[] {
  return Array.from(
    {
      length: dice.weigh([
        [8, dice.below(3)],
        [1, 8],
        [1, 9],
      ]),
    },
    () => json(dice),
  );
}

function packet(whole: Buffer, attachments: readonly Buffer[], isAllowed: boolean): Packet {
  return { text: whole, attachments, isAllowed };
}
