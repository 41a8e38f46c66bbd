/** Passwords that are tried: one at a time, slower and slower for whoever fails, and no slower for who was here before. */
import type { Clock } from '../base/clock.ts';
import type { Failure } from './identity.ts';
import { placeOf } from './proxies.ts';
import { isPassword } from './secret.ts';
import { Throttle } from './throttle.ts';

/** How many passwords may wait to be checked; each takes some tenths of a second on a small computer. */
export const MAX_CHECKS = 20;
/** How many are remembered to have signed in from an address; beyond, who did so longest ago is a stranger there again. */
export const MAX_KNOWN = 10_000;

export class Passwords {
  /** By name and address together: nobody is let off these. */
  readonly #pairs: Throttle;
  /** By name alone, so that many addresses do not help; and by address alone, so that many names do not. */
  readonly #names: Throttle;
  readonly #addresses: Throttle;
  /**
   * Who has signed in where: the two are not held against them there. Else somebody who keeps trying their name from
   * elsewhere, or other names from where they are, would keep them out.
   */
  readonly #known = new Set<string>();
  #checks: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(clock: Clock) {
    this.#pairs = new Throttle(clock, { free: 5, longest: 5 * 60_000 });
    this.#names = new Throttle(clock, { free: 20, longest: 10_000 });
    this.#addresses = new Throttle(clock, { free: 30, longest: 60_000 });
  }

  /**
   * Whether it is the password that was kept so; undefined: none was. `isKnown` says of somebody that they are signed in at this
   * address, which is remembered across a start of the process.
   */
  async verify(
    name: string,
    password: string,
    address: string,
    { kept, isKnown }: { kept: string | undefined; isKnown: boolean },
  ): Promise<Failure | undefined> {
    const place = placeOf(address);
    const pair = `${name} ${place}`;
    const wasHere = isKnown || this.#known.has(pair);
    const retryAfter = Math.max(
      this.#pairs.wait(pair),
      wasHere ? 0 : Math.max(this.#names.wait(name), this.#addresses.wait(place)),
    );
    if (retryAfter > 0) return { code: 'limit', reason: SLOWED_DOWN, retryAfter };
    // Strangers leave room for who was here before.
    if (this.#waiting >= (wasHere ? 2 : 1) * MAX_CHECKS)
      return { code: 'limit', reason: CROWDED, retryAfter: 1000 };
    // Before the password is looked at, so that attempts that come together count one by one.
    this.#pairs.failed(pair);
    if (!wasHere) {
      this.#names.failed(name);
      this.#addresses.failed(place);
    }
    if (!(await this.#check(password, kept))) return { code: 'unauthenticated', reason: WRONG };
    this.#pairs.succeeded(pair);
    if (!wasHere) {
      this.#names.succeeded(name);
      // Only this one: who has a password of their own must not try those of others the more for it.
      this.#addresses.forgive(place);
    }
    this.#remember(pair);
    return undefined;
  }

  #remember(pair: string): void {
    this.#known.delete(pair);
    this.#known.add(pair);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known;
    this.#known.delete(oldest!);
  }

  async #check(password: string, kept: string | undefined): Promise<boolean> {
    this.#waiting++;
    const check = this.#checks.then(() => isPassword(password, kept));
    this.#checks = check.catch(() => false);
    try {
      return await check;
    } finally {
      this.#waiting--;
    }
  }
}

export const WRONG = 'the name or the password is wrong';
const SLOWED_DOWN = 'too many attempts that failed';
const CROWDED = 'too many people sign in at once';
