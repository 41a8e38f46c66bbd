/** How something grows with time. */
export interface Slope {
  readonly perHour: number;
  /** Half the width of the 95 % confidence interval; infinite where there is too little to say. */
  readonly within: number;
}

/** A sample: when, in hours, and how much. */
export type Point = readonly [hours: number, much: number];

/**
 * The line of least squares. Neighbouring samples are alike, so the interval is widened by how much the residuals follow each
 * other (as for an autoregression of the first order).
 */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length;
  if (n < 4) return { perHour: NaN, within: Infinity };
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = sum(points.map(([x]) => (x - meanX) ** 2));
  const perHour = sum(points.map(([x, y]) => (x - meanX) * (y - meanY))) / spread;
  const residuals = points.map(([x, y]) => y - meanY - perHour * (x - meanX));
  const squares = sum(residuals.map((residual) => residual ** 2));
  const follow = sum(residuals.slice(1).map((residual, index) => residual * residuals[index]!));
  const alike = squares === 0 ? 0 : Math.min(0.95, Math.max(0, follow / squares));
  const error = Math.sqrt(squares / (n - 2) / spread) * Math.sqrt((1 + alike) / (1 - alike));
  return { perHour, within: student(n - 2) * error };
}

/** The two-sided 95 % quantile of Student's distribution, by its expansion around the normal one. */
function student(freedom: number): number {
  return 1.96 + 2.372 / freedom + 2.823 / freedom ** 2 + 2.556 / freedom ** 3;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
