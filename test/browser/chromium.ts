import { existsSync } from 'node:fs';
import type { Context } from 'mocha';
import type { Browser } from 'playwright-core';
import { CHROMIUM, launchChromium } from '../../scripts/chromium.ts';

/** Starts Chromium; where there is none, skips the suite whose `before` calls this, and says so in one line. */
export async function startChromium(suite: Context): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    console.log(`    skipped: there is no ${CHROMIUM} (Debian: apt-get install chromium)`);
    suite.skip();
  }
  return launchChromium();
}
