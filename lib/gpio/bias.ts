/** How a line is pulled while nothing else drives it. */
export type Bias = 'as-is' | 'pull-up' | 'pull-down' | 'disabled';

export const BIASES: readonly Bias[] = ['as-is', 'pull-up', 'pull-down', 'disabled'];
