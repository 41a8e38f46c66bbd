/** Of a round that went wrong, the least that still does, for a person to read. */
import type { Input, Talk } from './make-talk.ts';

/** Longer ones are cut. */
const SHOWN = 300;

/** `goesWrong` is asked of ever less; each time of a plant of its own. */
export async function narrow(
  talks: readonly Talk[],
  goesWrong: (talks: readonly Talk[]) => Promise<boolean>,
): Promise<string> {
  for (const [number, talk] of talks.entries()) {
    if (!(await goesWrong([talk]))) continue;
    const who = talk.who.join() || 'a stranger or by its token';
    const where = `talk ${number} (${talk.kind}, ${who}, ${talk.ending})`;
    for (const [index, input] of talk.inputs.entries()) {
      if (await goesWrong([{ ...talk, inputs: [input] }])) return `${where}, input ${index}: ${shown(input)}`;
    }
    return [
      `${where}, all of it, after ${(talk.odd ?? talk.good).slice(0, SHOWN)}:`,
      ...talk.inputs.map(shown),
    ].join('\n');
  }
  return `only all ${talks.length} talks together`;
}

function shown({ bytes }: Input): string {
  const text = JSON.stringify(bytes.toString('latin1'));
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${bytes.length} bytes)` : text;
}
