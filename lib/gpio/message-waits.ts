import { asError, FactoryError } from '../base/errors.ts';
import type { MessageLink, MessagePort } from './message-port.ts';

/** What is waited for: all `lines` being done, after `start` has asked for it, once, or again when the far end
 * says that it is there again. */
export interface Awaited {
  readonly lines: readonly number[];
  readonly isDone: (line: number) => boolean;
  readonly start: () => void;
}

/**
 * Resolves once all lines are done, or after `ms` milliseconds with those that are not. Rejects as `start` throws, and with
 * `unavailable` as soon as the far end tells that one of them failed.
 */
export function readBack(
  port: MessagePort,
  ms: number,
  { lines, isDone, start }: Awaited,
): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const missing = (): number[] => lines.filter((line) => !isDone(line));
    const end = (then: () => void): void => {
      for (const stop of stops) stop();
      then();
    };
    const check = (): void => {
      if (missing().length === 0) end(() => resolve([]));
    };
    const ask = (): void => {
      try {
        start();
        check();
      } catch (error) {
        end(() => reject(asError(error)));
      }
    };
    // Before anything is asked for: an answer may come at once.
    const stops = [
      port.events.on('heard', check),
      port.events.on('back', ask),
      port.events.on('failed', ({ lines: failed, reason }) => {
        if (failed.some((line) => lines.includes(line))) end(() => reject(farEndFailed(reason)));
      }),
      port.clock.after(ms, () => end(() => resolve(missing()))),
    ];
    ask();
    port.events.emit('waiting', undefined);
  });
}

/**
 * What carries the messages; waits up to `ms` milliseconds for a node that is only being redeployed, then rejects with
 * `unavailable`.
 */
export function usableLink(port: MessagePort, ms: number): Promise<MessageLink> {
  if (port.link) return Promise.resolve(port.link);
  return new Promise((resolve, reject) => {
    const stop = port.events.on('link', () => {
      if (!port.link) return;
      cancel();
      stop();
      resolve(port.link);
    });
    const cancel = port.clock.after(ms, () => {
      stop();
      reject(noNode());
    });
  });
}

export function noNode(): FactoryError {
  return new FactoryError('unavailable', 'no relay I/O node carries the messages of this board', {
    remedy: 'Put a relay I/O node into a flow, choose this board in it, and deploy',
  });
}

export function farEndFailed(reason: string): FactoryError {
  return new FactoryError('unavailable', `the far end failed: ${reason}`);
}
