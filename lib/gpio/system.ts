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

/** The calls that Node.js does not have itself. */
export interface System {
  readonly ioctl: Ioctl;
  /** A new file that becomes readable once something is written to it: a bell between threads. */
  eventfd(): number;
  /** Waits, and the whole thread with it, until one of these files is readable or broken; which of them are. */
  poll(fds: readonly number[]): { readable: boolean; broken: boolean }[];
}

let loading: Promise<System> | undefined;

/**
 * Loaded when it is first needed: koffi is optional, and a plant without real lines does not miss it. Rejects with
 * `unavailable`.
 */
export function loadSystem(): Promise<System> {
  loading ??= load(process.platform, () => import('koffi')).catch((error: unknown) => {
    // It may be installed meanwhile.
    loading = undefined;
    throw error;
  });
  return loading;
}

export async function loadIoctl(): Promise<Ioctl> {
  return (await loadSystem()).ioctl;
}

type Koffi = Pick<typeof import('koffi'), 'load' | 'errno'>;

export async function load(platform: string, koffi: () => Promise<Koffi>): Promise<System> {
  if (platform !== 'linux') {
    throw new FactoryError('unavailable', `GPIO lines need Linux, and this is ${platform}`, {
      remedy: 'Choose the simulated driver to try things out here',
    });
  }
  try {
    return bind(await koffi());
  } catch (error) {
    throw new FactoryError('unavailable', `koffi cannot be loaded: ${asError(error).message}`, {
      remedy: 'GPIO lines are reached through it: install it with "npm install koffi" beside this package',
      cause: error,
    });
  }
}

const CLOSE_ON_EXEC = 0o2000000;
const POLL = { in: 0x1, error: 0x8, hangUp: 0x10, invalid: 0x20 } as const;

function bind(koffi: Koffi): System {
  // Of the libc that Node.js itself runs on: it has another name with musl, as in Alpine's containers.
  const libc = koffi.load(null);
  const checked = (prototype: string): ((...values: (number | Buffer)[]) => number) => {
    const call: (...values: (number | Buffer)[]) => number = libc.func(prototype);
    return (...values) => {
      const result = call(...values);
      if (result < 0) throw new SystemError(errnoName(koffi.errno()));
      return result;
    };
  };
  const ioctl = checked('int ioctl(int fd, unsigned long command, void *argument)');
  const eventfd = checked('int eventfd(unsigned int value, int flags)');
  const poll = checked('int poll(void *fds, unsigned long count, int timeout)');
  return {
    ioctl: (fd, command, argument) => void ioctl(fd, command, argument),
    eventfd: () => eventfd(0, CLOSE_ON_EXEC),
    poll: (fds) => {
      const list = Buffer.alloc(fds.length * 8);
      fds.forEach((fd, index) => {
        list.writeInt32LE(fd, index * 8);
        list.writeInt16LE(POLL.in, index * 8 + 4);
      });
      uninterrupted(() => poll(list, fds.length, -1));
      return fds.map((_, index) => {
        const events = list.readInt16LE(index * 8 + 6);
        const broken = (events & (POLL.error | POLL.hangUp | POLL.invalid)) !== 0;
        return { readable: (events & POLL.in) !== 0, broken };
      });
    },
  };
}

/** A signal that wakes the thread is no reason to give up. */
function uninterrupted(call: () => number): void {
  for (;;) {
    try {
      call();
      return;
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== 'EINTR') throw error;
    }
  }
}
