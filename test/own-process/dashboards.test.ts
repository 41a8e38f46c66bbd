/** Both dashboards in Chromium, on real Node-RED with the bundled flows. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { startChromium } from '../browser/chromium.ts';
import {
  badge,
  cableOf,
  card,
  cardSwitch,
  DASHBOARDS,
  device,
  openPage,
  type Cable,
} from '../browser/dashboard.ts';
import { connect, post, request, type Client } from '../integration/clients.ts';
import { bundledFlows } from '../integration/core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed } from '../integration/harness.ts';
import { THOROUGH } from '../thorough.ts';

/** The one that is maintained is tried always. */
const TRIED = THOROUGH ? DASHBOARDS : DASHBOARDS.slice(-1);

const LIVE = /Real-time Connected/;
const FALLBACK = /HTTP Fallback Mode/;
const OFFLINE = /Offline/;

/** All that `npm start` brings; what moves by itself is left out where a test would stumble over it. */
const allFlows = (): FlowNode[] =>
  bundledFlows().map((node) => (node.id === 'factory-iot-tick' ? { ...node, repeat: '' } : node));

/** Waits until an element's text fits; the error shows what it was instead. */
async function says(locator: Locator, words: RegExp, within = 15_000): Promise<void> {
  const limit = Date.now() + within;
  let text = '';
  for (;;) {
    text = (await locator.allInnerTexts()).join('\n');
    if (words.test(text)) return;
    if (Date.now() > limit) assert.match(text, words);
    await locator.page().waitForTimeout(50);
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`not within 15 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the dashboards', function () {
  this.timeout(60_000);
  let browser: Browser;
  let red: NodeRed;
  let client: Client;
  const pages: Page[] = [];
  const sockets = new Set<Socket>();

  before(async function () {
    browser = await startChromium(this);
    red = await startNodeRed();
    red.server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await red.deploy(allFlows());
    client = await connect(red.url, 'websocket');
    // The demo's first tick may come before the devices are known.
    const known = async (): Promise<boolean> => (await request(`${red.url}/api/devices`)).body['count'] === 3;
    await until('the devices are known', known);
    await fetch(`${red.url}/editor/inject/factory-iot-tick`, { method: 'POST' });
    await until('the demo has moved', async () => {
      const { body } = await request(`${red.url}/api/devices/actuator_001`);
      return body['value'] === 'running';
    });
  });
  after(async () => {
    client?.close();
    await browser?.close();
    await red?.stop();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    await post(`${red.url}/api/relays/relay1`, { action: 'off' });
  });

  async function open(
    path: string,
    options: Parameters<typeof openPage>[1] = {},
    cables: string[] = [],
  ): Promise<{ page: Page; complaints: string[]; cables: Cable[] }> {
    const { page, complaints } = await openPage(browser, options);
    pages.push(page);
    const made = [];
    for (const socket of cables) made.push(await cableOf(page, socket));
    await page.goto(red.url + path);
    return { page, complaints, cables: made };
  }
  const relay1 = async (): Promise<unknown> =>
    ((await request(`${red.url}/api/relays`)).body['relays'] as Record<string, unknown>)['relay1'];

  it('show on every screen what is switched on one, and tell every client', async () => {
    const screens = await Promise.all(
      DASHBOARDS.flatMap(({ cards, widgets }) => [open(cards), open(cards), open(widgets)]),
    );
    for (const { page } of screens) await says(badge(page), LIVE);
    const [first] = screens;
    for (const state of [true, false]) {
      const heard = client.next<{ relays: Record<string, boolean> }>(
        'relays_update',
        ({ relays }) => relays['relay1'] === state,
      );
      await cardSwitch(first!.page, 'relay1').click();
      await heard;
      for (const [index, { page }] of screens.entries()) {
        const dashboard = DASHBOARDS[Math.floor(index / 3)]!;
        if (index % 3 === 2) {
          const native = dashboard.nativeSwitch(page, 'Relay 1');
          await until(
            `${dashboard.name}: the native switch`,
            async () => (await dashboard.isOn(native)) === state,
          );
        } else {
          await says(card(page, 'relay1'), state ? /\bon\b/ : /\boff\b/);
          assert.equal(await cardSwitch(page, 'relay1').getAttribute('aria-checked'), String(state));
        }
      }
    }
  });

  it('are found from the page at /', async () => {
    const { page } = await open('/');
    for (const [words, path] of [
      ['Dashboard 1', '/ui'],
      ['داشبورد ۲', '/dashboard'],
    ] as const) {
      await page.goto(`${red.url}/`);
      await page.getByRole('link', { name: words }).click();
      await says(badge(page), LIVE);
      assert.ok(new URL(page.url()).pathname.startsWith(path));
    }
  });

  for (const dashboard of TRIED) {
    describe(dashboard.name, () => {
      it('offers every function of the list', async () => {
        const { page } = await open(dashboard.cards);
        await says(badge(page), /🟢\s+Real-time Connected/);
        await says(page.locator('factory-badge .details'), /\d+ ms there and back/);
        await says(card(page, 'relay1'), /Relay 1[^]*relay1[^]*simulated[^]*off/);
        await says(page.locator('factory-relays section'), /Simulated: no real relay is switched/);
        await says(device(page, 'sensor_001'), /Temperature Sensor 1[^]*[\d.]+ *°C[^]*active[^]*ago/);
        assert.equal(await device(page, 'sensor_001').locator('svg').count(), 6);
        assert.equal(await device(page, 'sensor_001').getByRole('button').count(), 4);
        assert.equal(await device(page, 'actuator_001').getByRole('combobox').count(), 1);
        await says(page.locator('factory-host section'), /Processor[^]*%[^]*core/);
        await says(
          page.locator('factory-host section'),
          /Memory[^]*Disk[^]*Network[^]*Temperature[^]*Node-RED[^]*event loop/,
        );
        await says(page.locator('factory-messages section'), /Nothing has happened/);

        const { page: widgets } = await open(dashboard.widgets);
        await says(badge(widgets), LIVE);
        for (const words of ['Processor', 'Memory', 'Disk', 'Event loop', 'Node-RED'])
          await widgets.getByText(words).first().waitFor();
        // Hidden on a machine without a sensor, which shows its limits as "no sensor".
        await widgets.getByText('Temperature').first().waitFor({ state: 'attached' });
        await widgets.getByText('Limits').first().waitFor();
        await until('three charts', async () => (await widgets.locator(dashboard.chart).count()) === 3);
        for (const label of ['Relay 1', 'Relay 2', 'Relay 3'])
          await dashboard.nativeSwitch(widgets, label).waitFor({ state: 'attached' });
      });

      it('falls back to HTTP visibly where the socket is cut, and comes back without a reload', async () => {
        const { page, cables } = await open(dashboard.cards, {}, ['/socket.io/']);
        await says(badge(page), LIVE);
        await cables[0]!.cut();
        await says(badge(page), FALLBACK);
        assert.match(await badge(page).innerText(), /🔴/);
        await post(`${red.url}/api/devices/sensor_001/value`, { value: 61.5 });
        await says(device(page, 'sensor_001'), /61\.5/);
        await cardSwitch(page, 'relay1').click();
        await says(card(page, 'relay1'), /\bon\b/);
        assert.equal(await relay1(), true);
        cables[0]!.mend();
        await says(badge(page), LIVE);
        await says(
          page.locator('factory-messages section'),
          /Connection back after[^]*changed meanwhile: [^]*Temperature Sensor 1[^]*Connection lost/,
        );
      });

      it('shows why a command is refused, on the card and for the native switch', async () => {
        await red.deploy(
          allFlows()
            .filter(({ id }) => id !== 'factory-iot-clients')
            .map((node) => (node.type === 'factory-relay' ? { ...node, trustDashboards: false } : node)),
        );
        try {
          const { page } = await open(dashboard.cards);
          await says(badge(page), LIVE);
          await cardSwitch(page, 'relay1').click();
          await says(card(page, 'relay1').getByRole('alert'), /Not switched:[^]*no flow takes commands/);
          assert.equal(await cardSwitch(page, 'relay1').getAttribute('aria-checked'), 'false');
          await page.getByRole('button', { name: /فارسی/ }).click();
          await says(
            card(page, 'relay1').getByRole('alert'),
            /انجام نشد:[^]*در دسترس نیست\. پیام سرور:[^]*no flow/,
          );

          const { page: widgets } = await open(dashboard.widgets);
          await says(badge(widgets), LIVE);
          const native = dashboard.nativeSwitch(widgets, 'Relay 1');
          await native.click({ force: true });
          await says(widgets.locator(dashboard.notice), /relay1: the message came from a dashboard/);
          await until('the switch is off again', async () => !(await dashboard.isOn(native)));
          assert.equal(await relay1(), false);
        } finally {
          await red.deploy(allFlows());
        }
      });

      if (!THOROUGH) return;

      it('switches by its native switches too, with the session that did it on record', async () => {
        const { page } = await open(dashboard.widgets);
        await says(badge(page), LIVE);
        const native = dashboard.nativeSwitch(page, 'Relay 1');
        await native.click({ force: true });
        await until('relay1 is on', async () => (await relay1()) === true);
        await until('the switch is on', () => dashboard.isOn(native));
        const { info } = (await request(`${red.url}/api/relays`)).body as { info: { by: string }[] };
        assert.equal(info[0]?.by, 'dashboard');
      });

      it('marks its native widgets where its own socket falls silent, while the cards go on', async () => {
        const { page, cables } = await open(dashboard.widgets, {}, [dashboard.socket]);
        await says(badge(page), LIVE);
        assert.equal(await page.locator('html.factory-native-stale').count(), 0);
        await cables[0]!.cut();
        await says(page.locator('factory-native p'), /have not been updated for/);
        assert.equal(await page.locator('html.factory-native-stale').count(), 1);
        await says(badge(page), LIVE);
        cables[0]!.mend();
        await page.locator('html:not(.factory-native-stale)').waitFor();
      });

      it('shows offline and stale where the server stops, sends nothing later, and recovers by itself', async () => {
        const { page } = await open(dashboard.cards);
        await says(badge(page), LIVE);
        await stopListening(red, sockets);
        await says(badge(page), OFFLINE);
        for (const element of ['factory-relays', 'factory-devices', 'factory-host'])
          await says(page.locator(`${element} h2`), /not current/);
        assert.equal(await cardSwitch(page, 'relay1').isDisabled(), true);
        assert.equal(await device(page, 'sensor_001').getByRole('button').first().isDisabled(), true);
        await listenAgain(red);
        await says(badge(page), LIVE);
        await says(page.locator('factory-messages section'), /nothing changed meanwhile|changed meanwhile/);
        assert.equal(await relay1(), false);
      });

      it('carries out nothing later that was clicked on a native switch while the server was away', async () => {
        const { page } = await open(dashboard.widgets);
        await says(badge(page), LIVE);
        await says(page.locator('factory-native p'), /Simulated/);
        const native = dashboard.nativeSwitch(page, 'Relay 1');
        await stopListening(red, sockets);
        await says(badge(page), OFFLINE);
        // Past all that keeps a person from it.
        await native.evaluate((element: HTMLElement) => element.click());
        await says(page.locator('factory-native p'), /have not been updated for/);
        await listenAgain(red);
        await says(badge(page), LIVE);
        await page.locator('html:not(.factory-native-stale)').waitFor();
        // What was kept would have been sent before the first figure came.
        assert.equal(await relay1(), false);
      });

      it('shows who has a relay, what its rules refuse and until when, and gives it back', async () => {
        await red.deploy(
          allFlows().map((node) => {
            if (node.id !== 'factory-iot-board') return node;
            const channels = (node['channels'] as object[]).map((channel, index) =>
              index === 0 ? { ...channel, rules: { minOn: 600_000 } } : channel,
            );
            return { ...node, channels };
          }),
        );
        try {
          const { page } = await open(dashboard.cards);
          await says(badge(page), LIVE);
          const mode = card(page, 'relay1').locator('.mode');
          await post(`${red.url}/api/relays/relay1/mode`, { mode: 'auto' });
          await says(mode, /automatic/);
          await cardSwitch(page, 'relay1').click();
          await says(mode, /in hand[^]*this machine/);
          await cardSwitch(page, 'relay1').click();
          await says(
            card(page, 'relay1').getByRole('alert'),
            /stays on for 600 s at least[^]*allowed in 10 min/,
          );
          assert.equal(await cardSwitch(page, 'relay1').getAttribute('aria-checked'), 'true');
          await card(page, 'relay1').getByRole('button', { name: 'To automatic' }).click();
          await says(mode, /automatic/);
          await post(`${red.url}/api/relays/relay1/lock`, { locked: true, why: 'new belt' });
          await says(card(page, 'relay1'), /\boff\b[^]*Locked out by[^]*new belt/);
          await card(page, 'relay1').getByRole('button', { name: 'Unlock' }).click();
          await until('unlocked', async () => !(await card(page, 'relay1').innerText()).includes('Locked'));
          const force = { action: 'on', force: true, for: 60_000, why: 'wiring test' };
          assert.equal((await post(`${red.url}/api/relays/relay1`, force)).status, 200);
          await says(card(page, 'relay1'), /\bon\b[^]*Forced on by this machine, for another[^]*wiring test/);
          await card(page, 'relay1').getByRole('button', { name: 'End it' }).click();
          await says(card(page, 'relay1'), /\boff\b/);
          await until('not forced', async () => !(await card(page, 'relay1').innerText()).includes('Forced'));
        } finally {
          await red.deploy(allFlows());
        }
      });

      it('shows what has tripped a relay and what still does, and resets it', async () => {
        const trips = [
          { source: 'device', id: 'sensor_001', op: 'above', value: 9000, reason: 'tank empty' },
        ];
        await red.deploy(
          allFlows().map((node) => {
            if (node.id !== 'factory-iot-board') return node;
            const channels = (node['channels'] as object[]).map((channel, index) =>
              index === 0 ? { ...channel, rules: { trips, handFor: 3_600_000 } } : channel,
            );
            return { ...node, channels };
          }),
        );
        const level = (value: number): Promise<unknown> =>
          post(`${red.url}/api/devices/sensor_001/value`, { value });
        try {
          await level(5);
          const { page } = await open(dashboard.cards);
          await says(badge(page), LIVE);
          await cardSwitch(page, 'relay1').click();
          await says(card(page, 'relay1').locator('.mode'), /in hand[^]*this machine[^]*for another/);
          await level(9001);
          const note = card(page, 'relay1').locator('.tripped');
          await says(note, /Tripped by[^]*tank empty[^]*Still so:/);
          await says(card(page, 'relay1'), /\boff\b/);
          assert.equal(await note.getByRole('button').count(), 0, 'it cannot be reset yet');
          await cardSwitch(page, 'relay1').click();
          await says(card(page, 'relay1').getByRole('alert'), /tank empty/);
          await level(5);
          await note.getByRole('button', { name: 'Reset' }).click();
          await note.waitFor({ state: 'detached' });
          assert.equal(await cardSwitch(page, 'relay1').getAttribute('aria-checked'), 'false');
        } finally {
          await red.deploy(allFlows());
        }
      });

      it('edits a value where the device allows it, and sets a status', async () => {
        const { page } = await open(dashboard.cards);
        await says(badge(page), LIVE);
        const conveyor = device(page, 'actuator_001');
        await conveyor.getByRole('combobox').selectOption('stopped');
        await conveyor.getByRole('button', { name: 'Set' }).click();
        await says(conveyor.locator('.value'), /stopped/);
        await conveyor.getByRole('button', { name: 'maintenance' }).click();
        await says(conveyor.locator('.status'), /maintenance/);
        const { body } = await request(`${red.url}/api/devices/actuator_001`);
        assert.deepEqual([body['value'], body['status']], ['stopped', 'maintenance']);
        await post(`${red.url}/api/devices/actuator_001/status`, { status: 'active' });
        await says(conveyor.locator('.status'), /active/);
      });

      it('is written from right to left in Persian, and mirrored, and remembers the choice', async () => {
        const { page } = await open(dashboard.cards, { viewport: { width: 1280, height: 900 } });
        await says(badge(page), LIVE);
        const left = async (relay: string): Promise<number> => (await card(page, relay).boundingBox())!.x;
        assert.ok((await left('relay1')) < (await left('relay2')));
        await page.getByRole('button', { name: /فارسی/ }).click();
        await says(badge(page), /اتصال زنده/);
        assert.ok((await left('relay1')) > (await left('relay2')), 'the first card is on the right');
        for (const element of ['factory-badge', 'factory-relays', 'factory-devices', 'factory-host']) {
          const direction = await page.locator(element).evaluate((node) => getComputedStyle(node).direction);
          assert.equal(direction, 'rtl', element);
        }
        assert.equal(await page.locator('html').getAttribute('lang'), 'fa');
        await page.reload();
        await says(badge(page), /اتصال زنده/);
        await says(page.locator('factory-relays h2'), /رله‌ها/);
      });

      it('can be used by keyboard alone', async () => {
        const { page } = await open(dashboard.cards);
        await says(badge(page), LIVE);
        await cardSwitch(page, 'relay1').focus();
        await page.keyboard.press('Space');
        await says(card(page, 'relay1'), /\bon\b/);
        // Between the two switches there is the button that gives the relay back.
        await page.keyboard.press('Tab');
        await page.keyboard.press('Tab');
        const next = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.ariaLabel);
        assert.equal(next, 'Switch Relay 2');
      });

      it('fits a phone, and has nothing that axe-core finds fault with, light and dark, in both languages', async () => {
        for (const [locale, colorScheme] of [
          ['en-US', 'light'],
          ['fa-IR', 'dark'],
        ] as const) {
          const phone = { locale, colorScheme, viewport: { width: 390, height: 844 } };
          for (const path of [dashboard.cards, dashboard.widgets]) {
            const { page, complaints } = await open(path, phone);
            await says(badge(page), locale === 'en-US' ? LIVE : /اتصال زنده/);
            await page.evaluate(axe.source);
            const found = await page.evaluate(async () => {
              const { run } = (globalThis as unknown as { axe: typeof axe }).axe;
              const { violations } = await run({ include: ['.factory-iot'] });
              return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
            });
            assert.deepEqual(found, [], `${path} ${locale} ${colorScheme}`);
            const wide = await page.evaluate(() => {
              const { scrollWidth, clientWidth } = document.querySelector('.factory-iot')!;
              return scrollWidth - clientWidth;
            });
            assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
            assert.deepEqual(
              complaints.filter((words) => !dashboard.itsOwn.test(words)),
              [],
            );
          }
        }
      });
    });
  }
});

/** Node-RED goes on, but nobody reaches it. */
async function stopListening({ server }: NodeRed, sockets: ReadonlySet<Socket>): Promise<void> {
  server.close();
  // WebSockets are no longer the server's, and it would wait for them.
  for (const socket of sockets) socket.destroy();
  await once(server, 'close');
}

async function listenAgain({ server, port }: NodeRed): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
