/** The load as a whole: so much of each at a time, until it is stopped. */
import { between, LIVES, pause, type Here } from './clients.ts';
import { renewed } from './flow.ts';
import { DEPLOYS, type Plant } from './plant.ts';
import * as requests from './requests.ts';
import { nameOf, type Tally } from './tally.ts';

/** How many live clients there are at any time, one after another in each place. */
const PLACES = 14;
const FOLLOWERS = 3;

/** What is done again and again, and how far apart on average, milliseconds. */
const WORK: readonly (readonly [name: string, work: (here: Here) => Promise<void>, each: number])[] = [
  ['read', requests.read, 500],
  ['read the audit', requests.readAudit, 15_000],
  ['write a value', requests.writeValue, 200],
  ['command over HTTP', requests.command, 1000],
  ['sign in', requests.signIn, 15_000],
  ['leave a question', requests.leaveQuestion, 1000],
  ['be refused', requests.beRefused, 2000],
  ['malformed body', requests.sendBody, 3000],
  ['malformed request', requests.sendRequest, 3000],
  ['malformed packets', requests.sendPackets, 3000],
];

export class Load {
  readonly #plant: Plant;
  readonly #tally: Tally;
  readonly #deployEach: number;
  #stop = new AbortController();
  #running: Promise<void>[] = [];
  /** Go on through the stops. */
  #lives = 0;
  #deploys = 0;

  /** `deployEach`: milliseconds. */
  constructor(plant: Plant, tally: Tally, deployEach: number) {
    this.#plant = plant;
    this.#tally = tally;
    this.#deployEach = deployEach;
  }

  start(): void {
    this.#stop = new AbortController();
    const here = { plant: this.#plant, tally: this.#tally, signal: this.#stop.signal };
    this.#running = [
      ...Array.from({ length: PLACES }, () => this.#again(here, () => this.#live(here), 500)),
      ...Array.from({ length: FOLLOWERS }, () =>
        this.#again(here, () => this.#noting('ask what changed', requests.followChanges(here)), 500),
      ),
      ...WORK.map(([name, work, each]) => this.#again(here, () => this.#noting(name, work(here)), each)),
      this.#redeploy(here),
    ];
  }

  /** Resolves once all clients are gone and everything has its answer. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #again({ signal }: Here, work: () => Promise<void>, each: number): Promise<void> {
    await pause(between(0, each), signal);
    while (!signal.aborted) {
      await work();
      await pause(between(0, 2 * each), signal);
    }
  }

  async #live(here: Here): Promise<void> {
    const [name, life] = LIVES[this.#lives++ % LIVES.length]!;
    await this.#noting(
      name,
      life(here).then(() => this.#tally.note(name, '', true)),
    );
  }

  async #noting(name: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#tally.note(name, nameOf(error), false);
    }
  }

  /** By each type in turns; what fails has not been deployed, which is a fault of its own. */
  async #redeploy({ signal }: Here): Promise<void> {
    await pause(this.#deployEach / 2, signal);
    while (!signal.aborted) {
      const round = this.#deploys++;
      const type = DEPLOYS[round % DEPLOYS.length]!;
      const deploy = this.#tally.deploying(() => this.#plant.deploy(type, (flows) => renewed(flows, round)));
      const [outcome, isDone] = await deploy.then(
        ({ status }) => [String(status), status === 200] as const,
        (error: unknown) => [nameOf(error), false] as const,
      );
      this.#tally.note(`deploy of ${type}`, outcome, isDone);
      if (!isDone) this.#tally.faults.push(`a deploy of ${type} failed: ${outcome}`);
      await pause(this.#deployEach, signal);
    }
  }
}
