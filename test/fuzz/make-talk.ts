/** What one stranger is about to say to the plant. */
import type { Dice } from './dice.ts';
import { allowedFrames, body, wrongBody, wrongFrames } from './messages.ts';
import { allowedPacket, joining } from './packets.ts';
import { headerOf, tokenOf, type Who } from './people.ts';
import { handshake, upgradeHeaders, wholeRequest, wrongRequest } from './requests.ts';
import { json } from './values.ts';

/** One thing that was made up: a frame, a packet or a request, as it goes out. */
export interface Input {
  readonly bytes: Buffer;
  /** Whether what comes after it is heard, too. */
  readonly isAllowed: boolean;
}

export interface Talk {
  readonly kind: 'websocket' | 'polling' | 'joining' | 'requests' | 'handshake';
  readonly address: string;
  /** The headers that say who it is; none for a stranger. */
  readonly who: readonly string[];
  /** The packet that joins in an odd way, which may be refused, if it does; and the one that is good. */
  readonly odd: string | undefined;
  readonly good: string;
  readonly ending: (typeof ENDINGS)[number];
  /** Only the last one may be wrong. */
  readonly inputs: readonly Input[];
}

const ENDINGS = ['end', 'close', 'reset', 'leave', 'goodbye'] as const;
const KINDS: readonly (readonly [number, Talk['kind']])[] = [
  [50, 'websocket'],
  [3, 'polling'],
  [5, 'joining'],
  [8, 'requests'],
  [15, 'handshake'],
];
const WHOS = ['viewer', 'viewer', 'operator', 'operator', 'device', undefined] as const;
const MEMBERS = ['viewer', 'viewer', 'operator'] as const;

export function makeTalk(dice: Dice): Talk {
  const kind = dice.weigh(KINDS);
  const who = kind === 'joining' ? undefined : dice.pick(isSession(kind) ? MEMBERS : WHOS);
  const token = who === undefined ? [] : [`"token":"${tokenOf(who)}"`];
  // Whoever says in a header who they are does not have to in joining.
  const inHeader = !isSession(kind) || dice.chance(0.5);
  return {
    kind,
    address: `127.${1 + dice.below(250)}.${dice.below(250)}.${2 + dice.below(250)}`,
    who: inHeader ? headerOf(who) : [],
    odd: dice.chance(0.4) ? joining(dice, inHeader ? [] : token) : undefined,
    good: `40{${token.join('')}}`,
    ending: dice.pick(ENDINGS),
    inputs: MAKE[kind](dice, who),
  };
}

function isSession(kind: Talk['kind']): boolean {
  return kind === 'websocket' || kind === 'polling';
}

const MAKE: Readonly<Record<Talk['kind'], (dice: Dice, who: Who | undefined) => Input[]>> = {
  websocket: (dice) => [
    ...many(dice, dice.chance(0.03) ? 200 : 90, allowedFrames),
    ...one(dice, 0.9, wrongFrames),
  ],
  polling: (dice) => [...many(dice, 90, (each) => body([allowedPacket(each)])), ...one(dice, 0.5, wrongBody)],
  joining: (dice) => (dice.chance(0.2) ? again(dice) : many(dice, 6, refusedJoining)),
  requests: (dice, who) => [
    ...many(dice, 12, (each) => wholeRequest(each, headerOf(who))),
    ...one(dice, 0.6, (each) => wrongRequest(each, headerOf(who))),
  ],
  handshake: (dice, who) =>
    dice.chance(0.5)
      ? many(dice, 4, (each) => handshake(each, headerOf(who)))
      : one(dice, 1, (each) => upgrading(each, headerOf(who))),
};

function many(dice: Dice, most: number, make: (dice: Dice) => Buffer): Input[] {
  return Array.from({ length: 1 + dice.below(most) }, () => ({ bytes: make(dice), isAllowed: true }));
}

function one(dice: Dice, chance: number, make: (dice: Dice) => Buffer): Input[] {
  return dice.chance(chance) ? [{ bytes: make(dice), isAllowed: false }] : [];
}

/** Sometimes without waiting for the answer. */
function upgrading(dice: Dice, who: readonly string[]): Buffer {
  const request = handshake(dice, who, upgradeHeaders(dice));
  const isUpgrade =
    /^Connection: .*upgrade\r$/im.test(request.toString()) && request.includes('Upgrade: websocket\r');
  return isUpgrade && dice.chance(0.3) ? Buffer.concat([request, wrongFrames(dice)]) : request;
}

function refusedJoining(dice: Dice): Buffer {
  const where = dice.pick(['/admin,', '/x,', '/__proto__,']);
  return Buffer.from(dice.chance(0.7) ? joining(dice, [`"token":${json(dice)}`]) : `40${where}{}`);
}

/** Joins by one connection as if it were many clients. */
function again(dice: Dice): Input[] {
  const good = Buffer.from(`40{"token":"${tokenOf('viewer')}"}`);
  return Array.from({ length: 2 + dice.below(40) }, () => ({ bytes: good, isAllowed: false }));
}
