/** What led to what: the steps from a click or an edge to a relay, as the log has them. */

/** The ways by which something is asked of the plant; `start`: a start of the process or a deploy asks for it, `outside`: nobody
 * of the plant did, but a wall switch or the device itself. */
export type Via = 'socket' | 'http' | 'wire' | 'rule' | 'start' | 'editor' | 'outside';

export const STEP_KINDS = ['client', 'input', 'device', 'relay', 'node', 'rule'] as const;

/** One step on the way. Texts are at most {@link MAX_STEP_TEXT} characters long. */
export interface Step {
  readonly kind: (typeof STEP_KINDS)[number];
  /** Of the session, the input, the device, the relay, the node; of a rule its name. */
  readonly id?: string;
  readonly name?: string;
  /** The label of the tab that a node is on. */
  readonly flow?: string;
  readonly by?: string;
  readonly from?: string;
  /** The message that a node had, as Node-RED names it (`_msgid`). */
  readonly message?: string;
  /** The id of the command that a rule goes back to. */
  readonly command?: string;
}

/** The outermost step first. */
export type Cause = readonly Step[];

export const MAX_STEPS = 8;
export const MAX_STEP_TEXT = 200;

const TEXTS = ['id', 'name', 'flow', 'by', 'from', 'message', 'command'] as const;

/** What of a value is a cause; whatever else is in it is left out. */
export function readCause(value: unknown): Cause {
  if (!Array.isArray(value)) return [];
  return within(value.slice(-MAX_STEPS * 2).flatMap(readStep), value[0]);
}

/** The cause with one more step. Where that is too many the first one stays: it is who began it. */
export function because(cause: Cause, step: Step): Cause {
  return within([...cause, ...readStep(step)], cause[0]);
}

function within(steps: readonly Step[], first: unknown): Cause {
  if (steps.length <= MAX_STEPS) return steps;
  return [...readStep(first), ...steps.slice(1 - MAX_STEPS)];
}

function readStep(value: unknown): Step[] {
  if (typeof value !== 'object' || value === null) return [];
  const given = value as Readonly<Record<string, unknown>>;
  const kind = STEP_KINDS.find((known) => known === given['kind']);
  if (!kind) return [];
  // Each message that a device has comes by here.
  const step: { -readonly [Name in keyof Step]: Step[Name] } = { kind };
  for (const name of TEXTS) {
    const text = given[name];
    if (typeof text === 'string' && text !== '') step[name] = text.slice(0, MAX_STEP_TEXT);
  }
  return [step];
}
