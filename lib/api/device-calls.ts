import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import type { DeviceRecord } from '../devices/device.ts';
import { parseDeviceInput } from '../devices/parse.ts';
import type { Answer } from './answer.ts';
import { checkBody } from './body.ts';
import type { Call, Context } from './call.ts';

export function listDevices({ reads }: Context): Answer {
  return { status: 200, body: reads.devices() };
}

export function getDevice({ reads }: Context, _call: Call, id: string): Answer {
  return { status: 200, body: seen(reads.device(id), id) };
}

export function setDeviceValue(context: Context, call: Call, id: string): Answer {
  const device = write(context, call, id, 'value');
  return { status: 200, body: { message: 'Device value updated', device } };
}

export function setDeviceStatus(context: Context, call: Call, id: string): Answer {
  const device = write(context, call, id, 'status');
  return { status: 200, body: { message: 'Device status updated', device } };
}

/** Writes one property of the body, and nothing else that may be in it. */
function write(context: Context, call: Call, id: string, property: 'value' | 'status'): DeviceRecord {
  seen(context.reads.device(id), id);
  call.permit('write', { device: id, area: context.devices.get(id)?.attributes?.['area'] });
  checkBody(call.body);
  const given = call.body[property];
  if (given === undefined) {
    throw new FactoryError('invalid', `the body has no ${property}`, {
      remedy: `Send an object with a ${property}`,
    });
  }
  return context.devices.write(parseDeviceInput({ id, [property]: given }), { create: false });
}

/** A device that no client may see is unknown to all of them, also where the plant has it. */
function seen(device: unknown, id: string): unknown {
  if (device !== undefined) return device;
  throw new FactoryError('unknown-device', `there is no device ${quote(id)}`);
}
