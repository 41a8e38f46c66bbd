import type { Context } from 'mocha';
import type { Browser } from 'playwright-core';
import { CHROMIUM, launchChromium } from '../../scripts/chromium.ts';

/** Starts Chromium; where there is none, skips the suite whose `before` calls this, and says so in one line. */
export async function startChromium(suite: Context): Promise<Browser> {
  if (!CHROMIUM) {
    console.log(`    skipped: there is no Chromium (Debian: apt-get install chromium-headless-shell)`);
    suite.skip();
  }
  return launchChromium();
}
