import type { Cause, Via } from '../base/cause.ts';
import type { Channel } from './channels.ts';
import type { Action } from './relay.ts';

/** Rule by which a relay acts by itself, and the time of it, on the monotonic clock. */
export interface Due {
  readonly at: number;
  readonly why: 'pulse' | 'max-on' | 'force' | 'watchdog' | 'hand-end';
}

/** Rule by which a relay acts by itself, by its name in causes. */
export type Rule = Due['why'] | 'restore' | 'lock-out' | 'trip' | 'outside';

/** One thing that a relay does by itself, and by which rule. */
export interface Act {
  readonly action: Action;
  /** Milliseconds. */
  readonly for?: number;
  readonly by: string;
  readonly why?: string;
  readonly rule: Rule;
  readonly via?: Via;
  /** Cause that led to the act, before the rule. */
  readonly cause?: Cause;
}

/** The action of a relay whose time has come. */
export function actOf({ why: rule }: Due, { rules }: Channel): Act {
  if (rule === 'watchdog') {
    const why = `no flow has said for ${rules.watchdog! / 1000} s what it wants`;
    return { action: 'lock', by: 'watchdog', why, rule };
  }
  return { action: rule === 'force' || rule === 'hand-end' ? 'auto' : 'off', by: rule, rule };
}

/** The first of these moments, of equal ones the one named first; null: there is none. */
export function earliest(moments: readonly (readonly [at: number | null, why: Due['why']])[]): Due | null {
  let first: Due | null = null;
  for (const [at, why] of moments) if (at !== null && (!first || at < first.at)) first = { at, why };
  return first;
}
