/** A program that breaks off while it waits for edges: `exiting.ts CHIP LINE`. */
import { watchEdges } from '../../lib/gpio/edges.ts';

const [chip, line] = process.argv.slice(2);
await watchEdges(
  { chip: chip!, consumer: 'exiting', lines: [{ line: Number(line), activeLow: false }] },
  { edge: () => {}, missed: () => {}, failed: () => {} },
);
process.exit(3);
