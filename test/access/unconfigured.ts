/** As long as nobody has to sign in: only this machine, whoever asks and whatever they show. */
import type { Place } from './from.ts';
import { LOOPBACK } from './from.ts';
import { flowWithout, type Matrix } from './matrix.ts';
import { expectedUnconfigured, FROM, PAGES } from './rules.ts';
import { OPERATIONS } from './ways.ts';

/** What asks the relay or the API itself; a dashboard is left to whatever else guards it, until access is configured. */
const ASKED = OPERATIONS.filter(({ ways }) => !ways[0]!.startsWith('dashboard'));

/** Returns what went otherwise than it should. */
export async function unconfigured(matrix: Matrix, elsewhere: Place | undefined): Promise<string[]> {
  const wrong: string[] = [];
  await matrix.plant.deploy(flowWithout());
  await matrix.untilReady();
  for (const from of FROM.filter((one) => one !== 'trustedProxy' && (one !== 'lan' || elsewhere))) {
    for (const page of PAGES) {
      for (const operation of ASKED) {
        const journey = matrix.journey('nobody', from === 'lan' ? elsewhere! : LOOPBACK, { page, from });
        const went = await operation.go(journey);
        journey.agent.destroy();
        for (const way of operation.ways) {
          matrix.cells++;
          const wanted = expectedUnconfigured(page, from);
          if (went[way] !== wanted)
            wrong.push(`${way}, page ${page}, from ${from}: ${went[way]}, not ${wanted}`);
        }
      }
    }
  }
  await matrix.trust('');
  return wrong;
}
