import type { DeviceInput, DeviceRecord } from './device.ts';
import type { Registry, WriteOptions } from './registry.ts';

/** What a setting says of a device; empty text says nothing. */
export interface Declaration {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly unit: string;
}

/**
 * Makes a device known before its first value comes, and brings name, type, unit and how often it is expected to what is
 * declared. Undefined where all was so already. Throws as {@link Registry.write} does.
 */
export function declare(
  registry: Registry,
  { id, name, type, unit }: Declaration,
  expects?: WriteOptions['expects'],
): DeviceRecord | undefined {
  const known = registry.get(id);
  const input: DeviceInput = { id };
  if (name !== '' && name !== known?.name) input.name = name;
  if (type !== '' && type !== known?.type) input.type = type;
  if (unit !== '' && unit !== known?.unit) input.unit = unit;
  const isExpected = !expects || registry.isExpected(id, expects);
  if (known && isExpected && Object.keys(input).length === 1) return undefined;
  return registry.write(input, { isDeclared: true, ...(expects && { expects }) });
}
