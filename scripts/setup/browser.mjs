import { existsSync } from 'node:fs';
import { run } from './shared.mjs';

/** Where Debian and its relatives put it, and where the browser tests look for it. */
const CHROMIUM = '/usr/bin/chromium';

/** Tests in a browser need Chromium; without it they are skipped, so a failure here is only told. */
export function installBrowser() {
  if (existsSync(CHROMIUM)) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.log(`Tests in a browser are skipped: they need ${CHROMIUM}`);
    console.log('(Debian, Raspberry Pi OS: sudo apt-get install chromium).');
    return;
  }
  console.log('Installing Chromium for the tests in a browser …');
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const failure =
    run('apt-get', ['update', '-qq'], options) ||
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  if (failure) console.log(`Tests in a browser are skipped: ${failure}.`);
}
