/** Signing in on the screens, in Chromium, on real Node-RED with the bundled flows and people in the access node. */
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { connect } from '../../client/factory-client.ts';
import type { Client } from '../../client/types.ts';
import { hashPassword } from '../../lib/access/secret.ts';
import { startChromium } from '../browser/chromium.ts';
import { badge, card, cardSwitch, DASHBOARDS, openPage } from '../browser/dashboard.ts';
import { becomes, next } from '../client/serving.ts';
import { bundledFlows } from '../integration/core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed } from '../integration/harness.ts';

const PASSWORDS = { ada: 'a spare engine', omid: 'a pump or two', vera: 'only looking on' };
type Name = keyof typeof PASSWORDS;
const PEOPLE = [
  { id: 'ada', kind: 'person', name: 'ada', role: 'engineer' },
  { id: 'omid', kind: 'person', name: 'omid', role: 'operator', relays: 'relay1' },
  { id: 'vera', kind: 'person', name: 'vera', role: 'viewer' },
];

async function guardedFlows(): Promise<FlowNode[]> {
  const kept = await Promise.all(
    Object.entries(PASSWORDS).map(async ([name, password]) => [name, await hashPassword(password)] as const),
  );
  const secrets = JSON.stringify(Object.fromEntries(kept));
  return bundledFlows().map((node) => {
    if (node.id === 'factory-iot-tick') return { ...node, repeat: '' };
    return node.type === 'factory-access' ? { ...node, people: PEOPLE, credentials: { secrets } } : node;
  });
}

describe('signing in', function () {
  this.timeout(60_000);
  let browser: Browser;
  let red: NodeRed;
  const pages: Page[] = [];
  const clients: Client[] = [];

  before(async function () {
    browser = await startChromium(this);
    red = await startNodeRed();
    await red.deploy(await guardedFlows());
  });
  after(async () => {
    await browser?.close();
    await red?.stop();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    for (const client of clients.splice(0)) client.close();
  });

  const client = (options: object = {}): Client => {
    const made = connect({ url: red.url, liveWithin: 100, pollEach: 100, ...options });
    clients.push(made);
    return made;
  };
  /** Opens a page as somebody without a session does, and signs in on the way. */
  async function open(
    path: string,
    name: Name,
    options: Parameters<typeof openPage>[1] = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const { page, complaints } = await openPage(browser, options);
    pages.push(page);
    await page.goto(`${red.url}/factory-iot/sign-in?to=${encodeURIComponent(path)}`);
    await page.locator('#name').fill(name);
    await page.locator('#password').fill(PASSWORDS[name]);
    await page.locator('#submit').click();
    await page.locator('factory-badge .person', { hasText: name }).waitFor();
    return { page, complaints };
  }
  async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const limit = Date.now() + 15_000;
    while (!(await holds())) {
      if (Date.now() > limit) throw new Error(`not within 15 s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('is needed by the client, on the socket and over HTTP, and says what one may', async () => {
    const stranger = client();
    await next(stranger, 'session');
    assert.deepEqual(
      [stranger.needsSignIn, stranger.connection.state, stranger.devices.size, stranger.relays.size],
      [true, 'offline', 0, 0],
    );
    await assert.rejects(stranger.signIn('omid', 'wrong'), { code: 'unauthenticated' });
    const { name, role, relays, expires, open: isOpen } = await stranger.signIn('omid', PASSWORDS.omid);
    assert.deepEqual(
      [name, role, relays, typeof expires, isOpen],
      ['omid', 'operator', ['relay1'], 'string', false],
    );
    await becomes(stranger, 'live');
    if (stranger.relays.size === 0) await next(stranger, 'relays');
    assert.deepEqual([stranger.maySwitch('relay1'), stranger.maySwitch('relay2')], [true, false]);
    assert.equal((await stranger.command('relay1', 'on')).code, 'done');
    assert.equal((await stranger.command('relay2', 'on')).code, 'forbidden');
    assert.equal((await stranger.command('relay1', 'off')).code, 'done');
    await assert.rejects(stranger.audit(), /engineer/);
    await stranger.signOut();
    assert.deepEqual([stranger.session, stranger.relays.size], [null, 0]);

    const polling = client({ path: '/nowhere' });
    await polling.signIn('ada', PASSWORDS.ada);
    await becomes(polling, 'fallback');
    assert.equal((await polling.command('relay2', 'on')).ok, true);
    assert.equal((await polling.command('relay2', 'off')).ok, true);
    const { entries } = await polling.audit({ relay: 'relay2', limit: 10 });
    assert.ok(entries.some(({ by, action }) => by === 'ada' && action === 'on'));
    assert.ok(
      entries.some(({ code, cause }) => code === 'forbidden' && cause?.[0]?.by === 'omid'),
      JSON.stringify(entries),
    );
  });

  it('leads from a dashboard to the page and back, also by a link of elsewhere', async () => {
    const { page } = await openPage(browser);
    pages.push(page);
    await page.goto(`${red.url}/dashboard/plant`);
    await page.waitForURL(/\/factory-iot\/sign-in\?to=/);
    await page.locator('#name').fill('vera');
    await page.locator('#password').fill(PASSWORDS.vera);
    await page.locator('#remember').check();
    await page.locator('#submit').click();
    await page.waitForURL(`${red.url}/dashboard/plant`);
    await badge(page).getByText('Real-time Connected').waitFor();
    // A link in an e-mail comes from another site, and then a browser leaves a strict cookie at home.
    const mail = await page.context().newPage();
    await mail.route('http://mail.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<a href="${red.url}/dashboard/plant">the plant</a>` }),
    );
    await mail.goto('http://mail.example/');
    await mail.getByRole('link').click();
    await mail.waitForURL(`${red.url}/dashboard/plant`);
    await mail.locator('factory-badge .person', { hasText: 'vera' }).waitFor();
  });

  for (const dashboard of DASHBOARDS) {
    describe(`on ${dashboard.name}`, () => {
      it('shows who it is, what one may not, and to engineers who did what', async () => {
        const { page } = await open(dashboard.cards, 'omid');
        await card(page, 'relay2').getByText('Relay outside of your area.').waitFor();
        assert.equal(await cardSwitch(page, 'relay2').isDisabled(), true);
        await cardSwitch(page, 'relay1').click();
        await until(
          'on',
          async () => (await cardSwitch(page, 'relay1').getAttribute('aria-checked')) === 'true',
        );
        await cardSwitch(page, 'relay1').click();
        const { page: engineer } = await open(dashboard.cards, 'ada');
        await engineer.locator('factory-audit li', { hasText: /omid/ }).first().waitFor();
      });

      it('acts for that person by its own switches too, and for nobody after signing out', async () => {
        const { page } = await open(dashboard.widgets, 'omid');
        const observer = client();
        await observer.signIn('ada', PASSWORDS.ada);
        await becomes(observer, 'live');
        const changes = (by: string): boolean => {
          const relay = observer.relays.get('relay1');
          return relay?.state === true && relay.by === by;
        };
        const native = dashboard.nativeSwitch(page, 'Relay 1');
        await until('introduced', async () => {
          await native.click({ force: true });
          await page.waitForTimeout(500);
          return changes('omid');
        });
        await observer.command('relay1', 'off');
        const other = dashboard.nativeSwitch(page, 'Relay 2');
        await other.click({ force: true });
        await page
          .locator(dashboard.notice, { hasText: /relay2/ })
          .first()
          .waitFor();
        assert.equal(observer.relays.get('relay2')?.state, false);
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL(/\/factory-iot\/sign-in/);
        await page.goto(red.url + dashboard.widgets.replace('#!/1', ''));
        await page.waitForURL(/\/factory-iot\/sign-in/);
      });
    });
  }
});
