/**
 * Another program that holds lines: `node holder.ts CHIP CONSUMER LINE=LEVEL…` takes them as outputs, says so, and
 * holds them until it is ended.
 */
import { LineSet } from '../../lib/gpio/line-set.ts';
import { loadIoctl } from '../../lib/gpio/system.ts';
import { Chip } from '../../lib/gpio/uapi.ts';

const [path, consumer, ...wanted] = process.argv.slice(2);
const levels = new Map(wanted.map((each) => [Number(each.split('=')[0]), each.endsWith('=1')]));
const set = new LineSet(Array.from(levels.keys(), (line) => ({ line, activeLow: false })));
const chip = new Chip(path!, await loadIoctl());
chip.request(set.numbers, consumer!, set.outputs('as-is', levels));
process.stdout.write('holding\n');
setInterval(() => {}, 60_000);
