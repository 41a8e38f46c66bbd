/**
 * Builds gpio-sim, a chip whose pins are files, and irq_sim, which it needs: Debian's kernels have both switched
 * off. irq_sim.c is no module in the kernel's own tree, so it is made one here.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bash, run } from './shell.ts';

const SOURCES = ['drivers/gpio/gpio-sim.c', 'drivers/gpio/gpiolib.h', 'kernel/irq/irq_sim.c'];

/** `debs` is the folder with the package of the kernel's sources; the modules are built in `folder`. */
export function buildModules(debs: string, folder: string, release: string): void {
  mkdirSync(folder, { recursive: true });
  const deb = join(
    debs,
    readdirSync(debs).find((name) => name.startsWith('linux-source-'))!,
  );
  const archive = run('dpkg-deb', ['-c', deb]).match(/\.\/usr\/src\/(linux-source-\S+)\.tar\.xz/)!;
  const wanted = SOURCES.map((path) => `${archive[1]}/${path}`).join(' ');
  bash(
    `dpkg-deb --fsys-tarfile '${deb}' | tar -xO '${archive[0]}' |
     tar -xJ --transform='s,.*/,,' -C '${folder}' ${wanted}`,
  );
  const source = join(folder, 'irq_sim.c');
  const text = readFileSync(source, 'utf8');
  const changed = text
    .replace('#include <linux/irq_sim.h>', '$&\n#include <linux/module.h>\n#include <linux/irqdesc.h>')
    // Not exported to modules.
    .replaceAll('irq_to_desc(irqnum)', 'irq_data_to_desc(irq_get_irq_data(irqnum))');
  writeFileSync(source, `${changed}\nMODULE_LICENSE("GPL");\n`);
  writeFileSync(join(folder, 'Makefile'), 'obj-m := irq_sim.o gpio-sim.o\n');
  run('make', ['-C', `/usr/src/linux-headers-${release}`, `M=${folder}`, 'modules']);
}
