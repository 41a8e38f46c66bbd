/**
 * Takes the pictures of the documentation, in a real browser, from a running `npm start`.
 *
 * Usage: `node scripts/screenshots.ts [http://127.0.0.1:1880]`
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';

const url = process.argv[2] ?? 'http://127.0.0.1:1880';
const images = join(import.meta.dirname, '../docs/images');

mkdirSync(images, { recursive: true });
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1600, height: 740 }, locale: 'en-US' });
  await openEditor(page);
  await page.screenshot({ path: join(images, 'flow.png') });
  console.log('docs/images/flow.png');
} finally {
  await browser.close();
}

/** The editor with the core flow and nothing in front of it. */
async function openEditor(page: Page): Promise<void> {
  await page.goto(`${url}/editor/`);
  await page.locator('.red-ui-flow-node-group').first().waitFor();
  await page.keyboard.press('Escape');
  await page.evaluate(() => {
    const { RED } = globalThis as unknown as { RED: { actions: { invoke(name: string): void } } };
    for (const action of ['core:toggle-sidebar', 'core:zoom-out', 'core:zoom-fit'])
      RED.actions.invoke(action);
  });
  // The canvas moves to its new zoom by an animation, which has no event of its own.
  await page.waitForTimeout(1000);
}
