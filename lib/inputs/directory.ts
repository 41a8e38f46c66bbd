import { FactoryError } from '../base/errors.ts';
import { Emitter } from '../base/events.ts';
import type { Unsubscribe } from '../base/events.ts';
import { nameKey, quote } from '../base/text.ts';
import type { Input, InputChange, InputState } from './input.ts';

/** All inputs of a plant by their ids, whatever they come from. */
export class InputDirectory {
  readonly events = new Emitter<{ change: InputChange }>();
  /** By the keys of their ids. */
  readonly #inputs = new Map<string, Input>();

  /**
   * Adds an input, telling of it; the function returned takes it away again, telling of that. Throws `config` where the
   * plant has an input of this id already.
   */
  add(input: Input): Unsubscribe {
    const { id } = input;
    const key = nameKey(id);
    if (this.#inputs.has(key)) {
      throw new FactoryError('config', `the plant has an input ${quote(id)} already`, {
        remedy: 'Give each input of a plant an id of its own',
      });
    }
    this.#inputs.set(key, input);
    const stop = input.events.on('change', (change) => this.events.emit('change', change));
    this.events.emit('change', { id, input: input.state, previous: null });
    return () => {
      if (this.#inputs.get(key) !== input) return;
      stop();
      this.#inputs.delete(key);
      this.events.emit('change', { id, input: null, previous: input.state });
    };
  }

  get(id: string): InputState | undefined {
    return this.#inputs.get(nameKey(id))?.state;
  }

  list(): InputState[] {
    return Array.from(this.#inputs.values(), ({ state }) => state);
  }
}
