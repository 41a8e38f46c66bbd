import { constants } from 'node:os';
import { asError, FactoryError } from '../base/errors.ts';

/** ioctl(2): reads and writes `argument`, throws {@link SystemError} where the kernel refuses. */
export type Ioctl = (fd: number, command: number, argument: Buffer) => void;

/** What the kernel refused, by its name: EBUSY, ENODEV… */
export class SystemError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = 'SystemError';
    this.code = code;
  }
}

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

export function errnoName(number: number): string {
  return NAMES.get(number) ?? `errno ${number}`;
}

let loading: Promise<Ioctl> | undefined;

/**
 * The one call that Node.js does not have itself, loaded when it is first needed: koffi is optional, and a plant
 * without real lines does not miss it. Rejects with `unavailable`.
 */
export function loadIoctl(): Promise<Ioctl> {
  loading ??= load(process.platform, () => import('koffi')).catch((error: unknown) => {
    // It may be installed meanwhile.
    loading = undefined;
    throw error;
  });
  return loading;
}

type Koffi = Pick<typeof import('koffi'), 'load' | 'errno'>;

export async function load(platform: string, koffi: () => Promise<Koffi>): Promise<Ioctl> {
  if (platform !== 'linux') {
    throw new FactoryError('unavailable', `GPIO lines need Linux, and this is ${platform}`, {
      remedy: 'Choose the simulated driver to try things out here',
    });
  }
  const { ioctl, errno } = await bind(koffi);
  return (fd, command, argument) => {
    if (ioctl(fd, command, argument) < 0) throw new SystemError(errnoName(errno()));
  };
}

type RawIoctl = (fd: number, command: number, argument: Buffer) => number;

async function bind(koffi: () => Promise<Koffi>): Promise<{ ioctl: RawIoctl; errno: () => number }> {
  try {
    const library = await koffi();
    // Of the libc that Node.js itself runs on: it has another name with musl, as in Alpine's containers.
    const libc = library.load(null);
    const ioctl: RawIoctl = libc.func('int ioctl(int fd, unsigned long command, void *argument)');
    return { ioctl, errno: () => library.errno() };
  } catch (error) {
    throw new FactoryError('unavailable', `koffi cannot be loaded: ${asError(error).message}`, {
      remedy: 'GPIO lines are reached through it: install it with "npm install koffi" beside this package',
      cause: error,
    });
  }
}
