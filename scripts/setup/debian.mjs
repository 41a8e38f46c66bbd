import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './shared.mjs';

const NGINX = join(root, '.cache/nginx');

/** What some tests need, where Debian and its relatives put it, and where those tests look for it. */
const PROGRAMS = [
  // Chromium without its window, which takes half of the processor's time; the whole of it does as well.
  {
    path: '/usr/bin/chromium-headless-shell',
    instead: '/usr/bin/chromium',
    name: 'chromium-headless-shell',
    tests: 'Tests in a browser',
  },
  { path: '/usr/sbin/mosquitto', name: 'mosquitto', tests: 'Tests with an MQTT broker' },
  { path: '/usr/bin/faketime', name: 'faketime', tests: 'Tests that jump the clock' },
  // Unpacked only: Debian would start it, for everybody on the network, on port 80.
  { path: '/usr/sbin/nginx', name: 'nginx', tests: 'Tests behind a reverse proxy', folder: NGINX },
];

/** Without these programs the tests that need them are skipped, so a failure here is only told. */
export function installPrograms() {
  const missing = PROGRAMS.filter(
    ({ path, folder }) => !existsSync(path) && !(folder && existsSync(join(folder, path))),
  );
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    for (const { path, instead, name, tests } of missing) {
      if (instead && existsSync(instead)) continue;
      console.log(`${tests} are skipped: they need ${path}`);
      console.log(`(Debian, Raspberry Pi OS: sudo apt-get install ${name}).`);
    }
    return;
  }
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const update = run('apt-get', ['update', '-qq'], options);
  for (const { name, tests, folder, instead } of missing) {
    console.log(`Installing ${name} for ${tests.toLowerCase().replace('mqtt', 'MQTT')} …`);
    const failure =
      update ||
      (folder
        ? unpack(name, folder)
        : run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options));
    if (failure && !(instead && existsSync(instead))) console.log(`${tests} are skipped: ${failure}.`);
  }
}

/**
 * Puts what a package holds into `folder`, without installing it.
 *
 * @returns {string} why it failed, or '' where it did not
 */
function unpack(/** @type {string} */ name, /** @type {string} */ folder) {
  mkdirSync(folder, { recursive: true });
  const failure = run('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], { cwd: folder });
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (failure || !archive) return failure || `no archive of ${name} came`;
  return run('dpkg-deb', ['-x', archive, '.'], { cwd: folder });
}
