import type { Cause, Via } from '../base/cause.ts';
import type { Channel } from './channels.ts';
import type { Due, Rule } from './keeper.ts';
import type { Action } from './relay.ts';

/** One thing that a relay does by itself, and by which rule. */
export interface Act {
  readonly action: Action;
  /** Milliseconds. */
  readonly for?: number;
  readonly by: string;
  readonly why?: string;
  readonly rule: Rule;
  readonly via?: Via;
  /** What led to it, before the rule. */
  readonly cause?: Cause;
}

/** The action of a relay whose time has come. */
export function actOf({ why: rule }: Due, { rules }: Channel): Act {
  if (rule === 'watchdog') {
    const why = `no flow has said for ${rules.watchdog! / 1000} s what it wants`;
    return { action: 'lock', by: 'watchdog', why, rule };
  }
  return { action: rule === 'force' ? 'auto' : 'off', by: rule, rule };
}
