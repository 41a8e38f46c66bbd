/** The browser that takes the documentation's pictures and that the browser tests run in: Debian's Chromium. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where it is; without its window it takes half of the processor's time. */
export const CHROMIUM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) =>
  existsSync(path),
);

/** As root in a container Chromium needs no-sandbox; the rest keeps it from calling home. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchChromium(): Promise<Browser> {
  if (!CHROMIUM)
    throw new Error('there is no Chromium here (Debian: apt-get install chromium-headless-shell)');
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}
