/** By a clock that all processes of this machine share, milliseconds. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
