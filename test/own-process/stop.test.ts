/** Pages that are open when `npm start` is stopped, as by Ctrl-C, and started again. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startChromium } from '../browser/chromium.ts';
import { badge, cardSwitch, DASHBOARDS, openPage } from '../browser/dashboard.ts';

const script = join(import.meta.dirname, '../../scripts/start.mjs');

describe('stopping npm start with dashboards open', function () {
  this.timeout(90_000);
  let browser: Browser;
  const data = mkdtempSync(join(tmpdir(), 'factory-iot-stop-'));
  const children: ChildProcess[] = [];
  before(async function () {
    browser = await startChromium(this);
  });
  after(async () => {
    await browser?.close();
    for (const child of children) {
      if (child.exitCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(data, { recursive: true, force: true });
  });

  async function start(port: string): Promise<{ child: ChildProcess; url: string }> {
    const env = { ...process.env, PORT: port, HOST: '', FACTORY_INSECURE: '', FACTORY_DATA: data };
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    while (child.exitCode === null) {
      const url = /Overview {3}(\S+)[^]*Ctrl-C/.exec(text)?.[1];
      if (url) return { child, url };
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    }
    throw new Error(`it ended: ${text}`);
  }

  it('leaves them their cards, marked as old, ends at once, and they are live again after the next start', async () => {
    const first = await start('0');
    const pages = [];
    for (const { cards } of DASHBOARDS) {
      const { page } = await openPage(browser);
      await page.goto(first.url + cards);
      await badge(page).getByText('Real-time Connected').waitFor();
      pages.push(page);
    }
    first.child.kill('SIGINT');
    const [code] = (await once(first.child, 'exit')) as [number];
    assert.equal(code, 0, 'it has not waited for the pages');
    for (const page of pages) {
      await badge(page).getByText('Offline').waitFor();
      assert.equal(await cardSwitch(page, 'relay1').isDisabled(), true);
      await page.locator('factory-devices h2', { hasText: 'not current' }).waitFor();
    }
    await start(new URL(first.url).port);
    for (const page of pages) {
      await badge(page).getByText('Real-time Connected').waitFor({ timeout: 30_000 });
      await page.locator('factory-messages section', { hasText: 'Connection back after' }).waitFor();
    }
  });
});
