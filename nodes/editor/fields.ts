/** A reference to a config node that must be chosen. */
export function configChoice(type: string): { type: string; value: string; required: true } {
  return { type, value: '', required: true };
}
