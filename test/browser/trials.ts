/** For each node type: values that its dialog must refuse, and others that it must take. */
export interface Trial {
  readonly property: string;
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

export const TRIALS: Readonly<Record<string, readonly Trial[]>> = {
  'factory-query': [],
};
