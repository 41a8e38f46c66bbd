/** A reference to a config node that must be chosen. */
export function configChoice(type: string): { type: string; value: string; required: true } {
  return { type, value: '', required: true };
}

/**
 * The verdict of a `validate`: true where the runtime will take the value, otherwise the text for the user,
 * which Node-RED shows and its types do not know of. A value that is read from the environment may be anything.
 */
export function accepted(parse: (value: unknown) => unknown, value: unknown, text: string): boolean {
  if (typeof value === 'string' && /^\$\{\S+\}$/.test(value)) return true;
  try {
    parse(value);
    return true;
  } catch {
    return text as unknown as boolean;
  }
}

/** What a `validate` returns: true, or why not. The editor shows the text, which its types do not know. */
export function validOr(valid: boolean, why: string): boolean {
  return (valid || why) as boolean;
}
