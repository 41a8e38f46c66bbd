import type { Word } from './words.ts';

/** The words for a reason that the server gives, with what stands in them. */
export interface ReasonWords {
  readonly word: Word;
  readonly values: Readonly<Record<string, string>>;
}

/** Reasons as the server gives them, in English, and the words for them. */
const REASONS: readonly (readonly [RegExp, Word])[] = [
  [/^no value yet$/, 'reason.no-value-yet'],
  [/^the source has no value$/, 'reason.no-value'],
  [/^the source sent an empty text$/, 'reason.empty'],
  [/^the source sent (?<words>.+)$/, 'reason.sent'],
  [/^not heard yet$/, 'reason.not-heard'],
  [/^replayed: /, 'reason.replayed'],
  [/^of before the deploy$/, 'reason.deploy'],
  [/^no value since it came back$/, 'reason.came-back'],
  [/^of an unknown time: /, 'reason.clock'],
  [/^its timestamp is in seconds/, 'reason.seconds'],
  [/^its timestamp has no time zone$/, 'reason.zone'],
  [/^its timestamp is before 2020/, 'reason.never-set'],
  [/^its timestamp is in the future/, 'reason.future'],
  [/^its timestamp is not a time$/, 'reason.unreadable'],
  [/^nothing heard; expected every (?<every>[\d.]+) s$/, 'reason.late'],
  [/^nothing heard for (?<silent>[\d.]+) s; expected every (?<every>[\d.]+) s$/, 'reason.offline'],
  [/^a message says that it is offline$/, 'reason.will'],
  [/^the flows of Node-RED are stopped/, 'reason.stopped'],
  [/^the flows of Node-RED cannot start/, 'reason.cannot-start'],
  [/^the server is being redeployed/, 'reason.redeployed'],
  [/^nothing tells of it any more$/, 'reason.silent'],
];

/** Undefined for a reason that the server did not give itself: it is shown as it is. */
export function wordsOfReason(reason: string): ReasonWords | undefined {
  for (const [pattern, word] of REASONS) {
    const match = pattern.exec(reason);
    if (match) return { word, values: { ...match.groups } };
  }
  return undefined;
}
