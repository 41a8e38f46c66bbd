import type { Cause } from '../base/cause.ts';
import type { Unsubscribe } from '../base/events.ts';
import { kind, quote } from '../base/text.ts';
import type { Condition, ConditionValue, Source } from './condition.ts';

/** Value of a condition's source, as far as it is known. */
export interface Reading {
  /** Null while it is not known. */
  readonly value: ConditionValue | null;
  readonly quality: 'good' | 'uncertain' | 'bad';
  /** Reason, for a person, why the value is not known. */
  readonly reason?: string;
  /** Cause of the value, for the audit log. */
  readonly cause?: Cause;
}

/** The devices, inputs and topics of a plant, as the conditions of its relays need them. */
export interface Conditions {
  /** Undefined where there is no such source, or nothing was heard of it. */
  get(source: Source, id: string): Reading | undefined;
  /** Calls `changed` whenever the source is other than before, until the function returned is called. */
  watch(source: Source, id: string, changed: () => void): Unsubscribe;
}

/** The conditions of a board that is in no plant: nothing is known. */
export const NO_CONDITIONS: Conditions = { get: () => undefined, watch: () => () => {} };

/** Verdict on whether a condition holds; `lost`: that is not known. */
export type Holds = 'yes' | 'no' | 'lost';

/** Judges a condition. A value of another type than the one that it is compared with tells nothing. */
export function holds({ op, value }: Condition, reading: Reading | undefined): Holds {
  if (!reading) return 'lost';
  const { value: now, quality } = reading;
  const isBad = quality === 'bad' || now === null;
  if (op === 'bad') return isBad ? 'yes' : 'no';
  if (isBad || typeof now !== typeof value) return 'lost';
  const is = { is: now === value, 'is-not': now !== value, above: now > value!, below: now < value! };
  return is[op] ? 'yes' : 'no';
}

/** A condition and what it is now, for a person. `lost`: it is not known whether it holds. */
export function tell({ id, op, value }: Condition, reading: Reading | undefined): string {
  const name = quote(id);
  const now = reading?.value ?? null;
  if (!reading || now === null || reading.quality === 'bad')
    return `${name} is not known: ${reading?.reason ?? 'nothing was heard of it yet'}`;
  if (op === 'bad') return `${name} is known`;
  if (typeof now !== typeof value)
    return `${name} is ${kind(now)}, ${text(now)}, and is compared with ${kind(value)}, ${text(value)}`;
  const words = { is: '', 'is-not': 'not ', above: 'above ', below: 'below ' } as const;
  return `${name} is ${text(now)} (compared with: ${words[op]}${text(value)})`;
}

function text(value: ConditionValue | null): string {
  return typeof value === 'string' ? quote(value) : String(value);
}
