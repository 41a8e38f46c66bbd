/** From the start of the process to the outputs of the simulated board being in their start state, and to the first answer. */
import { quantile, table } from '../table.ts';
import type { Small, Start } from './cgroup.ts';
import { makeData, run, startHere, type Program } from './program.ts';

const STARTS = 5;

export async function measureStarts(small: Small, data: string): Promise<string> {
  makeData(data, {});
  // The first one compiles, and creates the database: what is measured is what a plant does after each power failure.
  await (await run(startHere, data)).stop();
  const rows: string[][] = [];
  const computers: [name: string, start: Start, goal: number][] = [
    ['this computer', startHere, 3],
    ['the small one', small.start, 10],
  ];
  for (const [name, start, goal] of computers) {
    const times: Program[] = [];
    for (let count = 0; count < STARTS; count++) {
      const program = await run(start, data);
      times.push(program);
      await program.stop();
    }
    rows.push([
      name,
      ...seconds(times.map(({ outputsAfter }) => outputsAfter)),
      `≤ ${goal}`,
      ...seconds(times.map(({ answeredAfter }) => answeredAfter)),
    ]);
  }
  return table(
    ['of 5 starts on', 'outputs set, median s', 'slowest', 'goal', 'first answer, median s', 'slowest'],
    rows,
  );
}

function seconds(times: readonly number[]): string[] {
  return [quantile(times, 0.5), Math.max(...times)].map((ms) => (ms / 1000).toFixed(2));
}
