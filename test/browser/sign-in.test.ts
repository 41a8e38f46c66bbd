/** The sign-in page as it is built and served, in Chromium, in front of a server that checks tokens. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import express, { type Express } from 'express';
import type { Browser, Page } from 'playwright-core';
import { Guarded } from '../client/guarded.ts';
import { startChromium } from './chromium.ts';
import { openPage } from './dashboard.ts';

const root = join(import.meta.dirname, '../..');
const LOOK = 'GET /factory-iot/session';

describe('the sign-in page', function () {
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
    app.get('/panel', (_request, response) => void response.type('html').send('<title>panel</title>'));
    app.get('/', (_request, response) => void response.type('html').send('<title>home</title>'));
    await plant.start((request, response, next) => app(request as never, response as never, next));
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    await plant.stop();
  });

  async function open(
    query = '?to=/panel',
    options: Parameters<typeof openPage>[1] = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const opened = await openPage(browser, options);
    pages.push(opened.page);
    await opened.page.goto(`${plant.url}/factory-iot/sign-in${query}`);
    return opened;
  }
  const fill = async (page: Page, name: string, password: string): Promise<void> => {
    await page.locator('#name').fill(name);
    await page.locator('#password').fill(password);
    await page.locator('#submit').click();
  };
  const arrives = (page: Page, path: string): Promise<void> => page.waitForURL(plant.url + path);
  const kept = (page: Page, where: 'localStorage' | 'sessionStorage'): Promise<string[]> =>
    page.evaluate(
      (name) => Object.values(window[name]).filter((text) => String(text).includes('token')),
      where,
    );

  it('leads on after name and password, and keeps the session until the browser closes', async () => {
    const { page, complaints } = await open();
    await page.getByLabel('Name').fill('omid');
    await page.getByLabel('Password', { exact: true }).fill('pump');
    assert.equal(await page.getByRole('checkbox').isChecked(), false);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await arrives(page, '/panel');
    assert.equal((await kept(page, 'sessionStorage')).length, 1);
    assert.deepEqual(await kept(page, 'localStorage'), []);
    // What a browser itself says of the one 401 with which a server tells that nobody is signed in.
    assert.deepEqual(
      complaints.filter((words) => !/401/.test(words)),
      [],
    );
  });

  it('remembers where that is wanted, and passes on whoever is signed in already', async () => {
    const { page } = await open();
    await page.getByRole('checkbox').check();
    await page.getByText('You stay signed in for 30 days').waitFor();
    await fill(page, 'omid', 'pump');
    await arrives(page, '/panel');
    assert.equal((await kept(page, 'localStorage')).length, 1);
    const other = await page.context().newPage();
    await other.goto(`${plant.url}/factory-iot/sign-in?to=/panel%3Fa`);
    await arrives(other, '/panel?a');
  });

  it('asks other tabs for a session that is not remembered, and hears of its end there', async () => {
    const { page } = await open('?switch=1');
    await fill(page, 'omid', 'pump');
    await arrives(page, '/');
    await page.goto(`${plant.url}/factory-iot/sign-in?switch=1`);
    await page.getByText('You are signed in').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${plant.url}/factory-iot/sign-in?to=/panel`);
    await arrives(other, '/panel');
    assert.equal((await kept(other, 'sessionStorage')).length, 1);
  });

  it('says in plain words that name or password is wrong, in both languages', async () => {
    for (const [locale, words] of [
      ['en-US', 'Name or password is wrong.'],
      ['fa-IR', 'نام کاربری یا رمز عبور درست نیست.'],
    ] as const) {
      const { page } = await open('?to=/panel', { locale });
      await fill(page, 'omid', 'wrong');
      await page.getByRole('alert').getByText(words).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'password');
      await fill(page, 'omid', '');
      await page
        .getByRole('alert')
        .getByText(locale === 'en-US' ? 'Fill in' : 'وارد کنید')
        .waitFor();
    }
  });

  it('counts down where it is slowed down', async () => {
    let refusals = 0;
    plant.answers.set('POST /factory-iot/session', () => {
      refusals++;
      return [429, { error: 'slowly', code: 'limit', reason: 'slowly', retry_after: 2000 }];
    });
    const { page } = await open();
    await fill(page, 'omid', 'pump');
    await page.getByRole('button', { name: 'Try again in 2 s' }).waitFor();
    assert.equal(await page.locator('#submit').isDisabled(), true);
    await page.getByRole('button', { name: 'Try again in 1 s' }).waitFor();
    await page.locator('#submit:enabled').waitFor();
    assert.equal(refusals, 1);
    plant.answers.clear();
    await page.locator('#submit').click();
    await arrives(page, '/panel');
  });

  it('says that the server does not answer, and works once it does', async () => {
    const { page } = await open();
    await page.locator('#form').waitFor();
    await page.route('**/session', (route) => route.abort());
    await fill(page, 'omid', 'pump');
    await page.getByText('The server does not answer').waitFor();
    await page.unroute('**/session');
    await page.locator('#submit').click();
    await arrives(page, '/panel');
  });

  it('shows the server’s own words where it refuses otherwise', async () => {
    plant.answers.set('POST /factory-iot/session', () => [
      403,
      { error: 'not from this page', code: 'forbidden' },
    ]);
    const { page } = await open();
    await fill(page, 'omid', 'pump');
    await page.getByText('The server says: \u2068not from this page').waitFor();
  });

  it('asks nobody where access is not configured, and leads on by a link', async () => {
    const open2 = {
      name: 'loopback',
      role: 'engineer',
      relays: ['*'],
      areas: ['*'],
      expires: null,
      open: true,
    };
    for (const [answer, words] of [
      [[200, open2], /this machine may do everything/],
      [[404, { error: 'not found' }], /asks nobody who they are/],
    ] as const) {
      plant.answers.set(LOOK, () => answer);
      const { page } = await open();
      await page.getByRole('heading', { name: 'Nobody needs to sign in here' }).waitFor();
      await page.getByText(words).waitFor();
      assert.equal(await page.locator('#form').isVisible(), false);
      await page.getByRole('link', { name: 'Go on' }).click();
      await arrives(page, '/panel');
    }
    plant.answers.set(LOOK, () => [403, { error: 'only this machine itself may read' }]);
    const { page } = await open();
    await page.getByText(/only this machine itself may read/).waitFor();
    assert.equal(await page.locator('#go').isVisible(), false);
  });

  it('takes a ticket from the address once, and leaves nothing of it there', async () => {
    const { page } = await open('?to=/panel#ticket=ticket%20of%20ada');
    await arrives(page, '/panel');
    assert.match((await kept(page, 'sessionStorage'))[0]!, /"ada"/);
    const { page: late } = await open('?to=/panel#ticket=old');
    await late.getByText('This link has been used').waitFor();
    assert.equal(new URL(late.url()).hash, '');
    assert.equal(await late.locator('#form').isVisible(), true);
  });

  it('offers to sign in as somebody else, which ends the session before', async () => {
    const { page } = await open();
    await fill(page, 'omid', 'pump');
    await arrives(page, '/panel');
    await page.goto(`${plant.url}/factory-iot/sign-in?switch=1&to=/panel`);
    await page.getByText(/omid.*operator/).waitFor();
    await page.getByRole('link', { name: /Go on as/ }).waitFor();
    await fill(page, 'vera', 'look');
    await arrives(page, '/panel');
    assert.deepEqual(Array.from(plant.tokens.values()), ['vera']);
  });

  it('asks again where the session has ended, and does not go round in circles without cookies', async () => {
    const { page } = await open();
    await fill(page, 'omid', 'pump');
    await arrives(page, '/panel');
    // As a server sends someone back whose cookie did not come.
    await page.goto(`${plant.url}/factory-iot/sign-in?to=/panel`);
    await page.getByText('does not keep the cookie').waitFor();
    plant.tokens.clear();
    await page.goto(`${plant.url}/factory-iot/sign-in?to=/panel`);
    await page.getByText('Your session has ended').waitFor();
  });

  it('shows and hides the password', async () => {
    const { page } = await open();
    const password = page.locator('#password');
    await password.fill('secret');
    const button = page.getByRole('button', { name: 'Show the password' });
    await button.click();
    assert.deepEqual(
      [await password.getAttribute('type'), await button.getAttribute('aria-pressed')],
      ['text', 'true'],
    );
    await button.click();
    assert.equal(await password.getAttribute('type'), 'password');
    assert.deepEqual(
      [await page.locator('#name').getAttribute('autocomplete'), await password.getAttribute('autocomplete')],
      ['username', 'current-password'],
    );
  });

  it('can be used by keyboard alone, and remembers the language for the dashboards', async () => {
    const { page } = await open('?to=/panel', { locale: 'en-US' });
    await page.locator('#form').waitFor();
    await page.getByRole('button', { name: /فارسی/ }).click();
    await page.getByRole('heading', { name: 'ورود' }).waitFor();
    assert.deepEqual(
      await page.evaluate(() => [
        document.dir,
        document.documentElement.lang,
        localStorage['factory-iot-language'],
      ]),
      ['rtl', 'fa', 'fa'],
    );
    await page.locator('#name').focus();
    await page.keyboard.type('omid');
    await page.keyboard.press('Tab');
    await page.keyboard.type('pump');
    await page.keyboard.press('Enter');
    await arrives(page, '/panel');
  });

  it('fits a phone with targets for fingers, and axe-core finds nothing, light and dark, in both languages', async () => {
    for (const [locale, colorScheme] of [
      ['en-US', 'light'],
      ['fa-IR', 'dark'],
    ] as const) {
      const { page } = await open('?to=/panel', {
        locale,
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      await page.locator('#form').waitFor();
      await fill(page, 'omid', 'wrong');
      await page.getByRole('alert').waitFor();
      // Not by a script of the page, which its policy would refuse.
      const found = await page.evaluate(`${axe.source}; axe.run().then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
      assert.deepEqual(found, [], `${locale} ${colorScheme}`);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(wide <= 0, `${wide} px too wide`);
      for (const id of ['#language', '#name', '#password', '#show', '#submit', '.remember']) {
        const { height, width } = (await page.locator(id).boundingBox())!;
        assert.ok(height >= 44 && width >= 44, `${id} is ${width} × ${height}`);
      }
    }
  });

  it('is served with a policy under which nothing of elsewhere runs', async () => {
    const { headers } = await fetch(`${plant.url}/factory-iot/sign-in`);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('content-security-policy')!, /default-src 'none'; script-src 'self'/);
    assert.match(headers.get('content-security-policy')!, /frame-ancestors 'self'/);
  });
});
