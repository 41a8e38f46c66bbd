import { existsSync } from 'node:fs';
import { run } from './shared.mjs';

/** What some tests need, where Debian and its relatives put it, and where those tests look for it. */
const PROGRAMS = [
  { path: '/usr/bin/chromium', name: 'chromium', tests: 'Tests in a browser' },
  { path: '/usr/sbin/mosquitto', name: 'mosquitto', tests: 'Tests with an MQTT broker' },
];

/** Without these programs the tests that need them are skipped, so a failure here is only told. */
export function installPrograms() {
  const missing = PROGRAMS.filter(({ path }) => !existsSync(path));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    for (const { path, name, tests } of missing) {
      console.log(`${tests} are skipped: they need ${path}`);
      console.log(`(Debian, Raspberry Pi OS: sudo apt-get install ${name}).`);
    }
    return;
  }
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const update = run('apt-get', ['update', '-qq'], options);
  for (const { name, tests } of missing) {
    console.log(`Installing ${name} for ${tests.toLowerCase().replace('mqtt', 'MQTT')} …`);
    const failure =
      update || run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options);
    if (failure) console.log(`${tests} are skipped: ${failure}.`);
  }
}
