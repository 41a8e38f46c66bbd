import { isoTime, type Clock } from '../base/clock.ts';
import type { HostSource } from './stats.ts';
import type { ProcessHealth } from './process-health.ts';
import type { Source } from './sampler.ts';
import type { Stats } from './stats.ts';

/** The whole of a sample: the host, this process, and when. */
export class SystemStats implements Source<Stats> {
  readonly #host: HostSource;
  readonly #health: ProcessHealth;
  readonly #clock: Clock;

  constructor({ host, health, clock }: { host: HostSource; health: ProcessHealth; clock: Clock }) {
    this.#host = host;
    this.#health = health;
    this.#clock = clock;
  }

  async sample(): Promise<Stats> {
    const host = await this.#host.sample();
    return { ...host, node_red: this.#health.read(), timestamp: isoTime(this.#clock.now()) };
  }
}
