import assert from 'node:assert/strict';
import { LineState } from '../../../lib/gpio/line-state.ts';
import { randomOf } from '../../kill/random.ts';

const STEPS = Number(process.env['MODEL_COMMANDS'] ?? 100_000);
const SEED = Number(process.env['MODEL_SEED'] ?? 20_261_130);

interface Happening {
  readonly what: 'fresh' | 'replayed' | 'failed' | 'failed before' | 'unanswered' | 'away' | 'there';
  readonly level: boolean;
  readonly source: string;
}

/** All that has happened to a line, and what follows from it by going back through it. */
class History {
  readonly #all: Happening[] = [];

  add(happening: Happening): void {
    this.#all.push(happening);
    if (happening.what === 'fresh') this.#all.splice(0, this.#all.length - 1);
  }

  /** Everything since the last fresh level, the latest last. */
  get #since(): readonly Happening[] {
    return this.#all;
  }

  get isAway(): boolean {
    const away = new Set<string>();
    for (const each of this.#since) {
      if (each.what === 'away') away.add(each.source);
      if (each.what !== 'there') continue;
      away.delete(each.source);
      away.delete('');
    }
    return away.size > 0;
  }

  /** Level that was reported fresh, where nothing has made it void since. */
  get certain(): boolean | undefined {
    const [first] = this.#since;
    if (first?.what !== 'fresh') return undefined;
    const isVoid = this.#since.some(
      ({ what }) => what === 'failed' || what === 'away' || what === 'unanswered',
    );
    return isVoid ? undefined : first.level;
  }

  get isFailed(): boolean {
    const first = this.#since[0]?.what === 'fresh' ? 1 : 0;
    let isKnown = first === 1;
    for (const { what } of this.#since.slice(first)) {
      if (what === 'failed' || (what === 'failed before' && !isKnown)) return true;
      if (what === 'away' || what === 'unanswered') isKnown = false;
    }
    return false;
  }

  get isUnanswered(): boolean {
    return this.#since.some(({ what }) => what === 'unanswered');
  }

  get replayed(): boolean[] {
    return this.#since.flatMap((each) => (each.what === 'replayed' ? [each.level] : []));
  }
}

describe(`a line at the far end, ${STEPS} times (MODEL_SEED=${SEED})`, () => {
  it('is certain by fresh levels alone, and no replay clears what is wrong', () => {
    const random = randomOf(SEED);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
    const seen = { certain: 0, doubtful: 0, unknown: 0, wrong: 0 };
    let line = new LineState();
    let history = new History();
    for (let step = 0; step < STEPS; step++) {
      if (random() < 0.02) {
        line = new LineState();
        history = new History();
      }
      const level = random() < 0.5;
      const source = pick(['', 'x/status', 'y/status']);
      const what = pick([
        'fresh',
        'replayed',
        'replayed',
        'failed',
        'failed before',
        'unanswered',
        'away',
        'there',
        'there',
      ] as const);
      const before = line.problem;
      if (what === 'fresh') line.take(level, step);
      else if (what === 'replayed') line.replay(level, step);
      else if (what === 'failed') line.fail('overpower', false);
      else if (what === 'failed before') line.fail('overpower', true);
      else if (what === 'away') line.leave(source);
      else if (what === 'there') line.return(source, step);
      else {
        line.forget();
        line.isUnanswered = true;
      }
      history.add({ what, level, source });
      const told = `step ${step}: ${what}`;
      if (what === 'replayed') assert.equal(line.problem, before, told);
      assert.equal(line.problem !== undefined, history.isFailed || history.isAway, told);
      const { certain, replayed } = history;
      if (line.level === undefined) {
        seen[line.problem === undefined ? 'unknown' : 'wrong']++;
        assert.equal(certain, undefined, told);
        assert.equal(line.doubt, undefined, told);
      } else if (line.doubt === undefined) {
        seen.certain++;
        assert.equal(line.level, certain, told);
        assert.ok(replayed.length === 0 || replayed.at(-1) === certain, told);
      } else {
        seen.doubtful++;
        assert.ok(replayed.length > 0 && line.problem === undefined && !history.isUnanswered, told);
        assert.equal(line.level, certain ?? replayed.at(-1), told);
      }
    }
    for (const [what, times] of Object.entries(seen)) assert.ok(times > STEPS / 1000, `${what}: ${times}`);
  });
});
