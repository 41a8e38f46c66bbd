/** Whether a value is nested at most so many levels deep. Bytes count as one value. */
export function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  return depth > 0 && Object.values(value).every((part) => isWithin(part, depth - 1));
}
