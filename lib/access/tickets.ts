import type { Clock } from '../base/clock.ts';
import { digest, newSecret } from './secret.ts';

/** How long a ticket is good for. */
export const TICKET_MS = 30_000;
/** How many may be out at once; beyond, the oldest is void. */
export const MAX_TICKETS = 1000;

/** Tickets for one use within 30 s: a way to hand over who one is without handing over a secret that lasts. */
export class Tickets<Holder> {
  readonly #clock: Clock;
  // In the order in which they were issued.
  readonly #issued = new Map<string, { readonly holder: Holder; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(holder: Holder): string {
    const ticket = newSecret('ticket');
    this.#issued.set(digest(ticket), { holder, at: this.#clock.monotonic() });
    if (this.#issued.size > MAX_TICKETS) {
      const [oldest] = this.#issued.keys();
      this.#issued.delete(oldest!);
    }
    return ticket;
  }

  /** Whose ticket it is, once; undefined where it was used, is too old, or is none. */
  redeem(ticket: unknown): Holder | undefined {
    if (typeof ticket !== 'string') return undefined;
    const key = digest(ticket);
    const found = this.#issued.get(key);
    this.#issued.delete(key);
    return found && this.#clock.monotonic() - found.at <= TICKET_MS ? found.holder : undefined;
  }

  clear(): void {
    this.#issued.clear();
  }
}
