/** What became of all that the load did. */

/** After a deploy clients come back and answers are late for so long, milliseconds. */
const AFTERWARDS_MS = 10_000;

export interface Line {
  times: number;
  /** Not as expected while flows were deployed, which is no fault. */
  deploying: number;
  /** Not as expected otherwise, by outcome. */
  readonly otherwise: Map<string, number>;
}

export class Tally {
  readonly lines = new Map<string, Line>();
  /** What may not happen at any time, as sentences. */
  readonly faults: string[] = [];
  #isDeploying = false;
  #until = -Infinity;

  /** Notes one outcome, such as a status. */
  note(what: string, outcome: string, isExpected: boolean): void {
    const line = this.lines.get(what) ?? { times: 0, deploying: 0, otherwise: new Map<string, number>() };
    this.lines.set(what, line);
    line.times++;
    if (isExpected) return;
    if (this.#isDeploying || performance.now() < this.#until) line.deploying++;
    else line.otherwise.set(outcome, (line.otherwise.get(outcome) ?? 0) + 1);
  }

  /** Runs a deploy; what goes wrong meanwhile and shortly after is counted apart. */
  async deploying<T>(deploy: () => Promise<T>): Promise<T> {
    this.#isDeploying = true;
    try {
      return await deploy();
    } finally {
      this.#isDeploying = false;
      this.#until = performance.now() + AFTERWARDS_MS;
    }
  }
}

/** What a thrown thing is called in the tally. */
export function nameOf(thrown: unknown): string {
  const { code, message } = thrown as { readonly code?: string; readonly message?: string };
  return code ?? (message ?? String(thrown)).slice(0, 60);
}
