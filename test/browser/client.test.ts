import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { device, Plant } from '../client/serving.ts';
import { startChromium } from './chromium.ts';

const root = join(import.meta.dirname, '../..');

describe('the example page with the built client in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let plant: Plant;
  let page: Page;
  const errors: string[] = [];
  before(async function () {
    browser = await startChromium(this);
    plant = new Plant();
    await plant.start();
    page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    // Only the two files are not the plant's own here.
    await page.route(`${plant.url}/`, (route) =>
      route.fulfill({ path: join(root, 'examples/clients/plain.html'), contentType: 'text/html' }),
    );
    await page.route(`${plant.url}/factory-iot/client.js`, (route) =>
      route.fulfill({ path: join(root, 'dist/client/client.js'), contentType: 'text/javascript' }),
    );
    await page.goto(`${plant.url}/`);
  });
  after(async () => {
    await browser?.close();
    await plant?.stop();
  });
  afterEach(() => assert.deepEqual(errors.splice(0), []));

  /** Once the page shows this. */
  const shows = async (id: string, text: string): Promise<void> => {
    await page.locator(`#${id}`, { hasText: text }).waitFor({ timeout: 15_000 });
  };

  it('is live and shows what changes', async () => {
    await shows('connection', 'live');
    await shows('devices', 'A: 1 °C');
    plant.live.publish('devices/a', device('a', 2));
    await shows('devices', 'A: 2 °C');
  });

  it('sends a command', async () => {
    const came = new Promise<string>((resolve) =>
      plant.live.events.on('command', ({ session, ack, relay }) => {
        plant.live.acknowledge(session, ack!, { ok: true, code: 'done', relay, state: true });
        resolve(relay);
      }),
    );
    await page.locator('#pump').click();
    assert.equal(await came, 'relay1');
  });

  it('falls back in the server’s words, is offline without one, and is live again without a reload', async () => {
    plant.refuseSocket();
    await shows('connection', 'fallback: the server is being redeployed');
    plant.live.publish('devices/a', device('a', 3));
    await shows('devices', 'A: 3 °C');
    await plant.halt();
    await shows('connection', 'offline: the server cannot be reached');
    await plant.start();
    await shows('connection', 'live');
  });
});
