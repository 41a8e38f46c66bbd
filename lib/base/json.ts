/** Plain data as JSON has it, without the detour through text: that takes five times as long. */

/** What is nested deeper, a loop for example, goes through text, which says what is wrong with it. */
const MAX_DEPTH = 16;

/** What `JSON.parse(JSON.stringify(value))` makes; undefined where nothing is left of it. Throws what these throw. */
export function jsonCopy(value: unknown): unknown {
  return copy(value, 0);
}

/** Whether two values, both as JSON has them, say the same. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  for (const name of names) {
    if (!Object.hasOwn(other, name)) return false;
    if (!isSameJson((one as Fields)[name], (other as Fields)[name])) return false;
  }
  return true;
}

type Fields = Readonly<Record<string, unknown>>;

function copy(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      // JSON has no -0.
      return Number.isFinite(value) ? value + 0 : null;
    case 'object':
      if (value === null) return null;
      return isPlain(value) && depth < MAX_DEPTH
        ? (copyFields(value, depth) ?? throughText(value))
        : throughText(value);
    default:
      return throughText(value);
  }
}

/** Undefined where a name is one that cannot be set like others. */
function copyFields(value: Fields, depth: number): object | undefined {
  const made: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    if (name === '__proto__') return undefined;
    const one = copy(value[name], depth + 1);
    if (one !== undefined) made[name] = one;
  }
  return made;
}

/** Neither an array nor anything that has its own way of being written. */
function isPlain(value: object): value is Fields {
  return (
    Object.getPrototypeOf(value) === Object.prototype && typeof (value as Fields)['toJSON'] !== 'function'
  );
}

function throughText(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
