/**
 * Makes a fresh clone ready: `node scripts/setup.mjs start|test`, run by npm ahead of `start` and `test`.
 * Plain JavaScript, because it runs on whatever Node.js is there before any of ours is installed. This
 * file says so where that one is too old, and therefore keeps to what old ones can read.
 */
const OLDEST = 20;
const major = Number(process.versions.node.split('.')[0]);

if (major < OLDEST) {
  console.error('Factory IoT needs Node.js ' + OLDEST + ' or newer, and this is ' + process.version + '.');
  console.error('Install a newer one (your system’s package manager, or nodejs.org), then try again.');
  process.exitCode = 1;
} else {
  void import('./setup/main.mjs')
    .then(({ setUp }) => setUp(process.argv[2]))
    .then((ready) => {
      if (!ready) process.exitCode = 1;
    });
}
