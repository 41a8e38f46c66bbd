'use strict';
/**
 * Mocha's own report, then one plain closing line that any tool can read; and where the process goes on after that, what
 * holds it.
 */
const { reporters } = require('mocha');

const LINGERS_MS = 5000;

module.exports = class extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures} failed${pending ? `, ${pending} skipped` : ''}`);
    setTimeout(() => console.log(`  still open: ${held().join('; ')}`), LINGERS_MS).unref();
  }
};

/** Node.js has no public way to tell them apart by more than their kinds. */
function held() {
  const handles = process._getActiveHandles?.() ?? [];
  return [
    ...process.getActiveResourcesInfo(),
    ...handles.map(({ constructor, spawnfile, localPort, remotePort, listening }) =>
      [constructor.name, spawnfile, listening && 'listening', localPort, remotePort]
        .filter(Boolean)
        .join(' '),
    ),
  ];
}
