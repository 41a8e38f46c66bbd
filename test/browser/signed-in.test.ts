/** The elements as they are built, in Chromium, in front of a server where people sign in. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import express, { type Express } from 'express';
import type { Browser, Locator, Page } from 'playwright-core';
import { Guarded, relayList } from '../client/guarded.ts';
import { startChromium } from './chromium.ts';
import { badge, card, cardSwitch, openPage } from './dashboard.ts';

const root = join(import.meta.dirname, '../..');
const PANEL = `<!doctype html><html lang="en"><title>panel</title>
<style>.factory-dark body { background: #0f1419; color: #e8edf2; }</style><main class="factory-iot">
<h1>Plant</h1>
<factory-badge></factory-badge><factory-relays></factory-relays><factory-devices></factory-devices>
<factory-host></factory-host><factory-messages></factory-messages><factory-audit></factory-audit></main>
<script src="/factory-iot/elements.js"></script>
<script>window.said = []; FactoryIoT.introduce((message) => window.said.push(message));</script>`;

const ENTRIES = [
  { kind: 'config', by: null, from: '', via: 'start', what: 'board', name: 'Board 1', result: 'changed' },
  { kind: 'sign-in', by: 'omid', from: '10.0.0.7', via: 'http', what: 'sign-in', result: 'ok' },
  {
    kind: 'command',
    id: 'c1',
    relay: 'pump1',
    action: 'on',
    by: 'omid',
    from: '10.0.0.7',
    via: 'socket',
    code: 'done',
    state: true,
    cause: [
      { kind: 'client', by: 'omid' },
      { kind: 'node', name: 'live clients', flow: 'Plant' },
    ],
  },
  {
    kind: 'command',
    id: 'c2',
    relay: 'oven',
    action: 'on',
    by: 'omid',
    from: '10.0.0.7',
    via: 'socket',
    code: 'forbidden',
    state: null,
    reason: 'omid may not switch oven',
  },
  {
    kind: 'command',
    id: 'c3',
    relay: 'fan',
    action: 'off',
    by: 'flow',
    from: 'wire',
    via: 'wire',
    code: 'done',
    state: false,
    cause: [
      { kind: 'input', id: 'door1' },
      { kind: 'rule', name: 'door' },
    ],
  },
  {
    kind: 'write',
    by: 'ada',
    from: '10.0.0.9',
    via: 'http',
    what: 'value',
    device: 'a',
    before: 1,
    after: 2,
    result: 'done',
  },
  {
    kind: 'refused',
    by: 'vera',
    from: '10.0.0.8',
    via: 'http',
    what: 'switch',
    result: 'forbidden',
    reason: 'vera may only read',
  },
];

describe('the cards of somebody who is signed in', function () {
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
    const built = pathToFileURL(join(root, 'dist/nodes/factory-server/scripts.js')).href;
    const { serveScripts } = (await import(built)) as { serveScripts: (app: Express) => void };
    const app = express();
    serveScripts(app);
    app.get('/panel', (_request, response) => void response.type('html').send(PANEL));
    await plant.start((request, response, next) => app(request as never, response as never, next));
    for (let seq = 1; seq <= 30; seq++) record(ENTRIES[seq % ENTRIES.length]!);
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    await plant.stop();
  });

  function record(entry: object): void {
    plant.audit.push({ ...entry, seq: plant.audit.length + 1, at: new Date().toISOString() });
  }

  async function open(
    name?: 'ada' | 'omid' | 'vera',
    options: Parameters<typeof openPage>[1] = {},
  ): Promise<Page> {
    const { page } = await openPage(browser, options);
    pages.push(page);
    const ticket = name && encodeURIComponent(`ticket of ${name}`);
    const way = ticket ? `/factory-iot/sign-in?to=/panel#ticket=${ticket}` : '/panel';
    await page.goto(plant.url + way);
    await page.waitForURL(`${plant.url}/panel`);
    return page;
  }
  const entries = (page: Page): Locator => page.locator('factory-audit li');
  const said = (page: Page): Promise<{ topic: string; payload?: string }[]> =>
    page.evaluate(() => (globalThis as unknown as { said: { topic: string }[] }).said);
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const limit = Date.now() + 15_000;
    while (!(await holds())) {
      if (Date.now() > limit) throw new Error(`not within 15 s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('show nothing until somebody signs in, lead there, and back', async () => {
    const page = await open();
    await badge(page).getByText('Not signed in').waitFor();
    await page.locator('factory-relays').getByText('Sign in to see this.').waitFor();
    assert.equal(await page.locator('factory-relays article').count(), 0);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.waitForURL(`${plant.url}/factory-iot/sign-in?to=%2Fpanel`);
    await page.locator('#name').fill('omid');
    await page.locator('#password').fill('pump');
    await page.locator('#submit').click();
    await page.waitForURL(`${plant.url}/panel`);
    await badge(page).getByText('Real-time Connected').waitFor();
    await page.locator('factory-badge .person', { hasText: 'omid' }).getByText('operator').waitFor();
    await card(page, 'pump1').waitFor();
  });

  it('say beforehand what may not be switched, and why, in both languages', async () => {
    const page = await open('omid');
    await card(page, 'oven').getByText('Relay outside of your area.').waitFor();
    assert.deepEqual(
      await Promise.all(['pump1', 'fan', 'oven'].map((id) => cardSwitch(page, id).isDisabled())),
      [false, false, true],
    );
    const viewer = await open('vera', { locale: 'fa-IR' });
    await card(viewer, 'pump1').getByText('شما فقط اجازهٔ دیدن دارید.').waitFor();
    assert.equal(await cardSwitch(viewer, 'pump1').isDisabled(), true);
    const status = viewer.locator('factory-device').getByRole('button').first();
    assert.equal(await status.isDisabled(), true);
  });

  it('vanish where the session is ended, in every tab, and on signing out', async () => {
    const page = await open('omid');
    await card(page, 'pump1').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${plant.url}/panel`);
    await card(other, 'pump1').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${plant.url}/factory-iot/sign-in?to=%2Fpanel`);
    assert.equal(plant.tokens.size, 0);
    await badge(other).getByText('Not signed in').waitFor();
    assert.equal(await card(other, 'pump1').count(), 0);
    assert.equal(await other.locator('factory-host article').count(), 0);

    const third = await open('vera');
    await card(third, 'pump1').waitFor();
    plant.revoke(plant.tokens.keys().next().value!);
    await badge(third).getByText('Not signed in').waitFor();
    assert.equal(await third.locator('article').count(), 0);
  });

  it('follow another tab that signs in and out where it is remembered', async () => {
    const page = await open();
    await badge(page).getByText('Not signed in').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${plant.url}/factory-iot/sign-in?to=/panel`);
    await other.locator('#name').fill('vera');
    await other.locator('#password').fill('look');
    await other.locator('#remember').check();
    await other.locator('#submit').click();
    await card(page, 'pump1').waitFor();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await badge(page).getByText('Not signed in').waitFor();
    assert.equal(await page.locator('article').count(), 0);
  });

  it('show engineers who did what, with refusals that stand out', async () => {
    const page = await open('ada');
    await until('a page of it', async () => (await entries(page).count()) === 10);
    const refused = page.locator('factory-audit li.bad', { hasText: /switched .*oven.* on/ }).first();
    await refused.getByText('not allowed').waitFor();
    await refused.getByText(/from.*10\.0\.0\.7.*live/).waitFor();
    await refused.getByText(/omid may not switch oven/).waitFor();
    await page
      .getByText(/because of .*input.*door1.* → rule.*door/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Older' }).click();
    await until('two pages of it', async () => (await entries(page).count()) === 20);
    assert.deepEqual(
      await entries(page).evaluateAll((all) =>
        all.map((entry) => Number((entry as HTMLElement).dataset['seq'])),
      ),
      Array.from({ length: 20 }, (_, index) => 30 - index),
    );
    await page.locator('factory-audit select').selectOption('oven');
    await until('the relay’s own', async () => (await entries(page).count()) === 4);
    assert.equal(await page.locator('factory-audit li.bad').count(), 4);
  });

  it('show what is new at the top, and ask no more often than each 2 s', async () => {
    const page = await open('ada');
    await until('a page of it', async () => (await entries(page).count()) === 10);
    // It is asked for where somebody looks.
    await page.locator('factory-audit h2').scrollIntoViewIfNeeded();
    const isAudit = (one: string): boolean => one.startsWith('GET /api/audit');
    const before = plant.asked.filter(isAudit).length;
    record(ENTRIES[1]!);
    const began = Date.now();
    for (let count = 0; count < 30; count++) {
      plant.push('relays_update', relayList({ pump1: { state: count % 2 === 0 } }));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await until('the new one', async () => (await entries(page).first().getAttribute('data-seq')) === '31');
    const asked = plant.asked.filter(isAudit).length - before;
    assert.ok(asked <= Math.ceil((Date.now() - began) / 2000) + 1, `${asked} times`);
  });

  it('are nothing of the record for others, who do not even ask', async () => {
    for (const name of ['omid', 'vera'] as const) {
      const page = await open(name);
      await card(page, 'pump1').waitFor();
      assert.equal(
        await page.locator('factory-audit').evaluate((element) => element.shadowRoot!.childElementCount),
        0,
      );
    }
    assert.deepEqual(
      plant.asked.filter((one) => one.includes('audit')),
      [],
    );
  });

  it('introduce a dashboard’s own socket, again where it is a new one, and take leave', async () => {
    const page = await open('omid');
    await until('introduced', async () => (await said(page)).length === 1);
    assert.deepEqual(await said(page), [{ topic: 'factory-sign-in', payload: 'ticket of omid' }]);
    await page.evaluate(`FactoryIoT.introduce((message) => window.said.push({ ...message, anew: true }))`);
    await until('introduced again', async () => (await said(page)).length === 2);
    await page.evaluate(`void FactoryIoT.plant().signOut()`);
    await until('left', async () => (await said(page)).length === 3);
    assert.deepEqual((await said(page))[2], { topic: 'factory-sign-out', anew: true });
    // Who needs not sign in has nothing to say.
    plant.isOpen = true;
    const free = await open();
    await badge(free).getByText('Real-time Connected').waitFor();
    assert.deepEqual([await said(free), await free.locator('factory-badge .person').count()], [[], 0]);
  });

  it('fit a phone, and axe-core finds nothing, light and dark, in both languages', async () => {
    for (const [locale, colorScheme] of [
      ['en-US', 'light'],
      ['fa-IR', 'dark'],
    ] as const) {
      for (const name of ['ada', 'vera', undefined] as const) {
        const page = await open(name, { locale, colorScheme, viewport: { width: 390, height: 844 } });
        if (name) await card(page, 'pump1').waitFor();
        if (name === 'ada') await entries(page).first().waitFor();
        const found = await page.evaluate(`${axe.source}; axe.run().then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
        assert.deepEqual(found, [], `${name} ${locale} ${colorScheme}`);
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(wide <= 0, `${wide} px too wide`);
      }
    }
  });
});
