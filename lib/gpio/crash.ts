import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CrashFacts, Release, Supervisor, Watchdog } from './crash-facts.ts';

/** What is longer is none of the files that are meant, characters. */
const MAX_TEXT = 64_000;

/**
 * What this machine would do to the lines of a chip, by its settings. Reads files only, below `root` (another one in tests),
 * and never throws: what cannot be read is not known.
 */
export function readCrashFacts(driver: string, label: string, root = '/'): CrashFacts {
  const persists = readPersists(label, root);
  return {
    release: releaseOf(driver, label, persists),
    persists,
    panicSeconds: numberIn(root, 'proc/sys/kernel/panic'),
    panicOnOops: flagIn(root, 'proc/sys/kernel/panic_on_oops'),
    watchdogs: readWatchdogs(root),
    supervisor: readSupervisor(root),
  };
}

/** The Raspberry Pi's chips are told by a parameter of their driver whether an output outlives who drove it. */
const PARAMETERS: readonly { label: RegExp; module: string }[] = [
  { label: /^pinctrl-bcm2(?:835|711|712)/, module: 'pinctrl_bcm2835' },
  { label: /^pinctrl-rp1/, module: 'pinctrl_rp1' },
];

function readPersists(label: string, root: string): boolean | null {
  const known = PARAMETERS.find((each) => each.label.test(label));
  return known ? flagIn(root, `sys/module/${known.module}/parameters/persist_gpio_outputs`) : null;
}

function releaseOf(driver: string, label: string, persists: boolean | null): Release {
  // What sysfs exported stays exported, whoever did it.
  if (driver === 'sysfs') return 'keeps';
  if (label.startsWith('gpio-sim')) return 'resets';
  // Older kernels have no parameter: those of Raspberry Pi kept outputs, others made inputs of them.
  return persists === null ? 'chip' : persists ? 'keeps' : 'input';
}

function readWatchdogs(root: string): Watchdog[] {
  const folder = 'sys/class/watchdog';
  const names = namesIn(root, folder).filter((name) => /^watchdog\d+$/.test(name));
  if (names.length > 0) {
    return names.toSorted().map((name) => {
      const state = textIn(root, `${folder}/${name}/state`);
      return {
        name,
        identity: textIn(root, `${folder}/${name}/identity`) ?? '',
        active: state === undefined ? null : state === 'active',
        timeout: numberIn(root, `${folder}/${name}/timeout`),
      };
    });
  }
  // A kernel without these files may have a watchdog all the same.
  if (!existsSync(join(root, 'dev/watchdog'))) return [];
  return [{ name: 'watchdog', identity: '', active: null, timeout: null }];
}

function readSupervisor(root: string): Supervisor {
  const service = serviceOf(textIn(root, 'proc/self/cgroup') ?? '');
  // A container's processes are in the group of who runs it, such as docker.service.
  if (CONTAINER_FILES.some((file) => existsSync(join(root, file)))) return { kind: 'container' };
  if (!service) return { kind: 'none' };
  const { unit, isOwn } = service;
  return { kind: 'systemd', unit, restart: restartOf(unit, isOwn ? ownFolders() : SYSTEM_FOLDERS, root) };
}

const CONTAINER_FILES = ['.dockerenv', 'run/.containerenv'] as const;

/** The innermost service of a process, by its control groups, and whether it is a person's own; undefined: none. */
function serviceOf(cgroup: string): { unit: string; isOwn: boolean } | undefined {
  for (const line of cgroup.split('\n')) {
    // The unified hierarchy, or systemd's own one of the older kind.
    const path = /^(?:0:|\d+:name=systemd):(.*)$/.exec(line)?.[1];
    const unit = path?.split('/').findLast((part) => /\.(?:service|scope)$/.test(part));
    // Whoever is logged in is in a scope, and what they start by hand with them.
    if (!unit?.endsWith('.service') || /^user@\d+\.service$/.test(unit)) continue;
    return { unit: unescaped(unit), isOwn: /\/user@\d+\.service\//.test(path!) };
  }
  return undefined;
}

/** In paths systemd writes what is no letter or digit as \x2d. */
function unescaped(unit: string): string {
  return unit.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** From the weakest to the strongest, as systemd.unit(5) has them. */
const SYSTEM_FOLDERS = [
  'usr/lib/systemd/system',
  'lib/systemd/system',
  'usr/local/lib/systemd/system',
  'run/systemd/system',
  'run/systemd/transient',
  'etc/systemd/system',
] as const;

function ownFolders(): string[] {
  const own = join(homedir(), '.config/systemd/user');
  return ['usr/lib/systemd/user', 'lib/systemd/user', 'run/systemd/user', 'etc/systemd/user', own];
}

/** `Restart=` of a unit; 'no' where its file does not say. */
function restartOf(unit: string, folders: readonly string[], root: string): string | null {
  const names = [unit, unit.replace(/@.*(?=\.service$)/, '@')];
  const main = names
    .flatMap((name) => folders.toReversed().map((folder) => textIn(root, `${folder}/${name}`)))
    .find((text) => text !== undefined);
  if (main === undefined) return null;
  // Of two additions of one name the one in the stronger folder counts, and they come in the order of their names.
  const additions = new Map<string, string>();
  for (const folder of folders) {
    for (const name of names.toReversed()) {
      for (const file of namesIn(root, `${folder}/${name}.d`).filter((each) => each.endsWith('.conf')))
        additions.set(file, textIn(root, `${folder}/${name}.d/${file}`) ?? '');
    }
  }
  const texts = Array.from(additions).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return (
    [main, ...texts.map(([, text]) => text)].map(restartIn).findLast((found) => found !== undefined) ?? 'no'
  );
}

function restartIn(text: string): string | undefined {
  let section = '';
  let found: string | undefined;
  for (const line of text.split('\n')) {
    section = /^\s*\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    const given = section === 'Service' ? /^\s*Restart\s*=\s*(\S*)\s*$/.exec(line)?.[1] : undefined;
    if (given !== undefined) found = given || 'no';
  }
  return found;
}

function textIn(root: string, path: string): string | undefined {
  try {
    const text = readFileSync(join(root, path), 'utf8');
    return text.length > MAX_TEXT ? undefined : text.trim();
  } catch {
    return undefined;
  }
}

function numberIn(root: string, path: string): number | null {
  const text = textIn(root, path);
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : null;
}

/** As the kernel writes it: 1, Y and so on. */
function flagIn(root: string, path: string): boolean | null {
  const text = textIn(root, path)?.toUpperCase();
  if (text === undefined || !/^(?:[01YN]|\d)$/.test(text)) return null;
  return text !== '0' && text !== 'N';
}

function namesIn(root: string, path: string): string[] {
  try {
    return readdirSync(join(root, path));
  } catch {
    return [];
  }
}
