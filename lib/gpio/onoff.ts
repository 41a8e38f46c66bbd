import Module, { createRequire } from 'node:module';
import type { Gpio } from 'onoff';
import { asError, FactoryError } from '../base/errors.ts';

export type Onoff = { readonly Gpio: typeof Gpio };

let loaded: Onoff | undefined;

/**
 * Loaded when it is first needed: onoff is optional, and most boards do without it. Throws `unavailable` where the
 * machine has none.
 */
export function loadOnoff(platform: string = process.platform): Onoff {
  if (platform !== 'linux') {
    throw new FactoryError('unavailable', `GPIO lines need Linux, and this is ${platform}`, {
      remedy: 'Choose the simulated driver to try things out here',
    });
  }
  try {
    return (loaded ??= loadForOutputs());
  } catch (error) {
    throw new FactoryError(
      'unavailable',
      `onoff cannot be loaded: ${asError(error).message.split('\n')[0]}`,
      {
        remedy:
          'The driver "sysfs" needs it: install it with "npm install --ignore-scripts onoff" beside this package, which needs no compiler; or choose the driver "chardev"',
        cause: error,
      },
    );
  }
}

/** What an output waits for edges with: it has none. */
class NoEdges {
  add(): this {
    return this;
  }
  remove(): this {
    return this;
  }
  close(): void {}
}

/**
 * onoff makes a poller for each line, also for outputs, out of `epoll`, which has to be compiled for each version of
 * Node.js. Ours never wait for an edge, so they get a poller that never does, and need no compiler. In a copy of onoff
 * that only this module has: others who use it for inputs find it, and epoll, as they are.
 */
function loadForOutputs(): Onoff {
  const require = createRequire(import.meta.url);
  const onoff = require.resolve('onoff');
  const epoll = createRequire(onoff).resolve('epoll');
  const before = [onoff, epoll].map((path) => [path, require.cache[path]] as const);
  const poller = new Module(epoll);
  poller.exports = { Epoll: NoEdges };
  poller.loaded = true;
  require.cache[epoll] = poller;
  delete require.cache[onoff];
  try {
    return require('onoff') as Onoff;
  } finally {
    for (const [path, module] of before) {
      if (module) require.cache[path] = module;
      else delete require.cache[path];
    }
  }
}
