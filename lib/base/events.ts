import { asError } from './errors.ts';

/** Ends a subscription; calling it twice is harmless. */
export type Unsubscribe = () => void;

/**
 * Typed events. `Events` maps each event's name to its payload. A listener that throws does not keep the
 * others from hearing the event: its error goes to `onError`.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void = warn) {
    this.#onError = onError;
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Unsubscribe {
    // A wrapper of our own, so that the same function subscribed twice is heard twice and leaves once.
    const own = (payload: Events[Name]): void => listener(payload);
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(own));
    return () => void set.delete(own);
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    const listeners = this.#listeners.get(name) as Set<(payload: Events[Name]) => void> | undefined;
    if (!listeners) return;
    // A copy: who unsubscribes or subscribes while hearing the event does not disturb its delivery.
    for (const listener of Array.from(listeners)) {
      try {
        listener(payload);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** How many listeners there are, of one event or of all: tests count them. */
  count(name?: keyof Events): number {
    if (name !== undefined) return this.#listeners.get(name)?.size ?? 0;
    let sum = 0;
    for (const set of this.#listeners.values()) sum += set.size;
    return sum;
  }
}

/** A warning of the process: seen in the log, and never the end of the process as an uncaught error is. */
function warn(error: unknown): void {
  process.emitWarning(asError(error));
}
