import { FactoryError } from '../base/errors.ts';
import { kind } from '../base/text.ts';
import type { DeviceRecord, Value } from '../devices/device.ts';
import type { Answer } from './answer.ts';
import { checkBody, checkKnown } from './body.ts';
import type { Call, Context } from './call.ts';
import { checkSeen } from './seen.ts';

export function listDevices({ reads }: Context): Answer {
  return { status: 200, body: reads.devices() };
}

export function getDevice(context: Context, _call: Call, named: string): Answer {
  const id = idOf(context, named);
  checkSeen(context, 'device', id);
  return { status: 200, body: context.reads.device(id) };
}

export async function setDeviceValue(context: Context, call: Call, id: string): Promise<Answer> {
  const written = await write(context, call, id, 'value');
  return { status: 200, body: { message: 'Device value updated', ...written } };
}

export async function setDeviceStatus(context: Context, call: Call, id: string): Promise<Answer> {
  const written = await write(context, call, id, 'status');
  return { status: 200, body: { message: 'Device status updated', ...written } };
}

interface WrittenDevice {
  readonly device: DeviceRecord;
  /** True once the write is on the plant's disk; false where the plant has none, or where the disk is late. */
  readonly durable: boolean;
}

/** Properties that a body may have; a value may bring its time at the source and its quality. */
const PROPERTIES = { value: ['value', 'timestamp', 'quality'], status: ['status'] } as const;

/**
 * Writes what the body says, and waits until it is on the plant's disk, or until that is late. Rejects with `invalid` for a property
 * that it does not know.
 */
async function write(
  context: Context,
  call: Call,
  named: string,
  property: 'value' | 'status',
): Promise<WrittenDevice> {
  const id = idOf(context, named);
  checkSeen(context, 'device', id);
  call.permit('write', { device: id, area: context.devices.get(id)?.attributes?.['area'] });
  checkBody(call.body);
  checkKnown(call.body, PROPERTIES[property]);
  const given = call.body[property];
  if (given === undefined) {
    throw new FactoryError('invalid', `the body has no ${property}`, {
      remedy: `Send an object with a ${property}`,
    });
  }
  const before = context.devices.get(id)?.[property] ?? null;
  const log = (after: unknown, result: string, reason?: string): Promise<boolean> => {
    const { name: by, address: from } = call.principal;
    const values = { before: short(before), after: short(after) };
    const entry = {
      kind: 'write',
      by,
      from,
      via: 'http',
      what: property,
      device: id,
      ...values,
      result,
    } as const;
    return context.log({ ...entry, ...(reason !== undefined && { reason }) });
  };
  try {
    // A connection that ends with its request is common where things measure; only what has waited may be given up.
    if (call.waited && call.gone?.()) throw new FactoryError('timeout', GIVEN_UP);
    const source = `http ${call.principal.name}`;
    const device = context.devices.write({ ...call.body, id }, { create: false, source });
    // An entry that is there for good says that what was kept before it is there, too.
    context.keep(id);
    return { device, durable: await log(device[property], 'done') };
  } catch (error) {
    if (error instanceof FactoryError) void log(given, error.code, error.message);
    throw error;
  }
}

/** A value as the log has it: what is long is cut, and what is none is named. */
function short(value: unknown): Value {
  if (typeof value === 'string') return value.length > MAX_LOGGED ? `${value.slice(0, MAX_LOGGED)}…` : value;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return kind(value);
}

const GIVEN_UP = 'nobody waits for the answer any more, so nothing was written';

/** Characters. */
const MAX_LOGGED = 200;

/** The id as the plant writes it: a call may name the device in another form of Unicode. */
function idOf({ devices }: Context, named: string): string {
  return devices.get(named)?.id ?? named;
}
