/** A reference to a config node that must be chosen. */
export function configChoice(type: string): { type: string; value: string; required: true } {
  return { type, value: '', required: true };
}

/**
 * A property's `validate`. `problem` says what is wrong with a value, as a key of the node's catalogue, or
 * undefined where nothing is.
 */
export function validator(problem: (value: unknown) => string | undefined): (value: string) => boolean {
  // The editor reads the arity: two parameters say that what comes back may be a text, and is then shown.
  const validate = function (this: { _(key: string): string }, value: unknown, _options: unknown): unknown {
    const key = problem(value);
    return key === undefined ? true : this._(key);
  };
  return validate as (value: string) => boolean;
}

/**
 * The same by what the runtime itself does with the value: `key` is the problem where it throws. A value that
 * is read from the environment may be anything.
 */
export function parsedBy(parse: (value: never) => unknown, key: string): (value: string) => boolean {
  return validator((value) => {
    if (typeof value === 'string' && /^\$\{\S+\}$/.test(value)) return undefined;
    try {
      parse(value as never);
      return undefined;
    } catch {
      return key;
    }
  });
}
