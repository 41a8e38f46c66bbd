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

interface Shot {
  /** Of the file. */
  readonly name: string;
  readonly path: string;
  readonly size: readonly [width: number, height: number];
  readonly locale?: string;
  readonly dark?: boolean;
}
const SHOTS: readonly Shot[] = [
  { name: 'dashboard-2', path: '/dashboard/plant', size: [1280, 900] },
  { name: 'dashboard-2-widgets', path: '/dashboard/widgets', size: [1280, 900] },
  { name: 'dashboard-2-phone-fa', path: '/dashboard/plant', size: [390, 844], locale: 'fa-IR', dark: true },
  { name: 'dashboard-2-wall', path: '/dashboard/plant', size: [2560, 1440], dark: true },
  { name: 'dashboard-1', path: '/ui/#!/0', size: [1280, 900] },
  { name: 'dashboard-1-phone-fa', path: '/ui/#!/0', size: [390, 844], locale: 'fa-IR' },
  { name: 'home', path: '/', size: [1000, 640] },
];

mkdirSync(images, { recursive: true });
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1600, height: 740 }, locale: 'en-US' });
  await openEditor(page);
  await page.screenshot({ path: join(images, 'flow.png') });
  console.log('docs/images/flow.png');
  for (const shot of SHOTS) await take(shot);
} finally {
  await browser.close();
}

/** A page as someone sees it who has just opened it. */
async function take({ name, path, size, locale = 'en-US', dark = false }: Shot): Promise<void> {
  const [width, height] = size;
  const context = await browser.newContext({
    viewport: { width, height },
    locale,
    colorScheme: dark ? 'dark' : 'light',
    serviceWorkers: 'block',
  });
  const page = await context.newPage();
  await page.goto(url + path);
  // Two samples of the host, for the rates between them.
  await page.waitForTimeout(6000);
  await page.screenshot({ path: join(images, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
  await context.close();
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
