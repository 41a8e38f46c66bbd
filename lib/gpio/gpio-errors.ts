import { asError, FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';

/** The name of what the kernel refused, of our own errors and of Node.js's alike. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The hardware is not there any more: what was held of it is void. */
export function isGone(error: unknown): boolean {
  return ['ENODEV', 'ENXIO'].includes(codeOf(error) ?? '');
}

/** What the kernel refused at this chip, as a person can act on it. */
export function explain(error: unknown, path: string): FactoryError {
  if (error instanceof FactoryError) return error;
  const code = codeOf(error);
  const [message, remedy] = (code === undefined ? undefined : words(code, path)) ?? [
    `the kernel refuses ${path}: ${asError(error).message}`,
    'Look into the log of the kernel (dmesg)',
  ];
  return new FactoryError('unavailable', message, { remedy, cause: error });
}

function words(code: string, path: string): [message: string, remedy: string] | undefined {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return [
        `${path} may not be used by the user that runs Node-RED (${code})`,
        'Add that user to the group "gpio" (sudo usermod -aG gpio USER), then log in and start Node-RED anew',
      ];
    case 'ENOENT':
      return [
        `there is no ${path} (ENOENT)`,
        'Choose one of the chips that "ls /dev/gpiochip*" shows; a container must be given it (--device)',
      ];
    case 'ENODEV':
    case 'ENXIO':
      return [`${path} is gone (${code})`, 'Connect the hardware again; it is looked for each few seconds'];
    case 'ENOTTY':
    case 'EISDIR':
      return [`${path} is no GPIO chip (${code})`, 'Choose one of the chips that "ls /dev/gpiochip*" shows'];
    case 'EINVAL':
      return [
        `${path} refuses these settings (EINVAL)`,
        'Check that its lines can be used so and have this bias; the kernel must be Linux 5.10 or newer',
      ];
    default:
      return undefined;
  }
}

/** Someone else has the line; `consumer` is what they call themselves, empty where the kernel does not say. */
export function busy(line: number, consumer: string, path: string): FactoryError {
  const holder = consumer === '' ? 'the kernel or another program' : quote(consumer);
  return new FactoryError('unavailable', `line ${line} of ${path} is held by ${holder} (EBUSY)`, {
    // Exported lines outlive the program that used them.
    remedy:
      consumer === 'sysfs'
        ? 'A program has it, or had it and ended, through /sys/class/gpio: write its number there into "unexport", or restart the machine'
        : 'End what holds it ("gpioinfo" shows all), or choose another line',
  });
}
