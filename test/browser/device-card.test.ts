/** The cards of devices as they are built, in Chromium: what is not well is said in words, with a mark. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import express, { type Express } from 'express';
import type { Browser, Locator, Page } from 'playwright-core';
import { Guarded } from '../client/guarded.ts';
import { device as record } from '../client/serving.ts';
import { startChromium } from './chromium.ts';
import { device, openPage } from './dashboard.ts';

const root = join(import.meta.dirname, '../..');
const PANEL = `<!doctype html><html lang="en"><title>panel</title><main class="factory-iot"><h1>Plant</h1>
<factory-devices></factory-devices></main><script src="/factory-iot/elements.js"></script>`;

describe('the card of a device', function () {
  this.timeout(60_000);
  let browser: Browser;
  let plant: Guarded;
  const pages: Page[] = [];

  before(async function () {
    browser = await startChromium(this);
  });
  after(() => browser?.close());
  beforeEach(async () => {
    plant = new Guarded();
    plant.isOpen = true;
    plant.devices = [];
    const built = pathToFileURL(join(root, 'dist/nodes/factory-server/scripts.js')).href;
    const { serveScripts } = (await import(built)) as { serveScripts: (app: Express) => void };
    const app = express();
    serveScripts(app);
    app.get('/panel', (_request, response) => void response.type('html').send(PANEL));
    await plant.start((request, response, next) => app(request as never, response as never, next));
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    await plant.stop();
  });

  const open = async (locale: string): Promise<Page> => {
    const { page } = await openPage(browser, { locale });
    pages.push(page);
    await page.goto(`${plant.url}/panel`);
    return page;
  };
  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
  const put = (id: string, more: object): void =>
    void plant.devices.push({ ...record(id, 1), last_update: ago(0), ...more });
  const value = (page: Page, id: string): Locator => device(page, id).locator('.value');
  const has = (page: Page, id: string, text: string): Promise<void> =>
    device(page, id).getByText(text, { exact: false }).first().waitFor();

  it('says that it is late, offline or not heard yet, since when and why, in both languages', async () => {
    const offline = 'nothing heard for 15 s; expected every 5 s';
    put('a', { presence: 'offline', presence_since: ago(120_000), quality: 'bad', reason: offline });
    put('b', { presence: 'late', presence_since: ago(0), quality: 'uncertain', reason: 'wire loose' });
    put('c', { presence: 'unknown', value: null, quality: 'bad', reason: 'no value yet' });
    put('d', { presence: 'online', presence_since: ago(0), quality: 'good' });
    const page = await open('en-GB');
    await has(page, 'a', 'offline for 2 min');
    await has(page, 'a', 'Nothing heard for 15 s; expected every 5 s.');
    await has(page, 'b', 'late');
    await has(page, 'b', 'wire loose');
    await has(page, 'c', 'not heard yet');
    await has(page, 'c', 'No value yet.');
    assert.equal(await device(page, 'd').locator('.presence').count(), 0);
    for (const id of ['a', 'b', 'c']) {
      assert.equal(await device(page, id).locator('.presence svg').count(), 1, 'a mark beside the colour');
    }
    const persian = await open('fa-IR');
    await has(persian, 'a', 'آفلاین');
    await has(persian, 'a', '۱۵ ثانیه است که خبری نرسیده؛ هر ۵ ثانیه انتظارش می‌رود.');
    await has(persian, 'c', 'هنوز مقداری نرسیده است.');
    for (const one of [page, persian]) {
      await one.evaluate(axe.source);
      const { violations } = (await one.evaluate('axe.run()')) as axe.AxeResults;
      assert.deepEqual(
        violations.map(({ id }) => id),
        [],
      );
    }
  });

  it('shows the digits that say something, and cuts none', async () => {
    const values = { a: 1.3e-6, b: 602_000_000_000_000, c: 4.2299999999999995, d: -0, e: 1013.25 };
    for (const [id, number] of Object.entries(values)) put(id, { value: number, unit: 'mbar' });
    for (const [locale, texts] of [
      ['en-GB', ['1.3 × 10⁻⁶', '6.02 × 10¹⁴', '4.23', '0', '1,013.25']],
      ['fa-IR', ['۱٫۳ × ۱۰^', '۶٫۰۲ × ۱۰^۱۴', '۴٫۲۳', '۰', '۱٬۰۱۳٫۲۵']],
    ] as const) {
      const page = await open(locale);
      for (const [index, id] of Object.keys(values).entries()) {
        await has(page, id, texts[index]!);
        const isCut = await value(page, id).evaluate(
          (node) => node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight,
        );
        assert.equal(isCut, false, `${id} in ${locale}`);
      }
    }
  });

  it('does not call a time in the future a moment ago, nor one that is not known', async () => {
    put('a', { last_update: ago(-86_400_000) });
    put('b', { source_time: null });
    put('c', { source_time: ago(0) });
    const page = await open('en-GB');
    await has(page, 'a', 'of an unknown time');
    await has(page, 'b', 'of an unknown time');
    await has(page, 'c', 'a moment ago');
    await has(await open('fa-IR'), 'a', 'زمان نامعلوم');
  });
});
