/** `npm run test:kill`: what a plant keeps when it is killed, and when its disk is stuck. Its last line is that of `npm test`. */
import { join } from 'node:path';
import { formatCounts } from './test/closing-line.ts';
import { runMocha } from './test/mocha.ts';

process.chdir(join(import.meta.dirname, '..'));
const counts = await runMocha(join('node_modules/.bin', 'mocha'), ['test/kill/*.kill.ts']);
console.log(formatCounts(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;
