import { randomOf } from '../kill/random.ts';

/** All that is left to chance, by one seed. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  chance(of: number): boolean {
    return this.#random() < of;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** One of these, each as likely as its weight says. */
  weigh<T>(from: readonly (readonly [weight: number, what: T])[]): T {
    let at = this.#random() * from.reduce((sum, [weight]) => sum + weight, 0);
    return (from.find(([weight]) => (at -= weight) < 0) ?? from.at(-1)!)[1];
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
