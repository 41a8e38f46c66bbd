/**
 * `npm run bench:screen`: from a click on one screen to every other one. On real Node-RED with the bundled flows, in
 * Chromium: the cards of both dashboards, their native switches, and a plain Socket.IO client. All on this machine
 * and by one clock.
 */
import { cpus } from 'node:os';
import type { Page } from 'playwright-core';
import { launchChromium } from '../scripts/chromium.ts';
import { badge, DASHBOARDS, openPage } from '../test/browser/dashboard.ts';
import { connect } from '../test/integration/clients.ts';
import { bundledFlows } from '../test/integration/core-flow.ts';
import { startNodeRed } from '../test/integration/harness.ts';
import { quantile, table, tenths } from './table.ts';

const CLICKS = 60;
const WARM_UP = 10;
const PAUSE_MS = 150;

interface Watched {
  readonly name: string;
  readonly page: Page;
}
type Seen = { on: boolean; at: number }[];

const red = await startNodeRed();
const browser = await launchChromium();
await red.deploy(bundledFlows());
const client = await connect(red.url, 'websocket');
const heard: Seen = [];
client.socket.on('relays_update', ({ relays }: { relays?: Record<string, boolean> }) =>
  heard.push({ on: relays?.['relay1'] === true, at: performance.timeOrigin + performance.now() }),
);

const watched: Watched[] = [];
for (const { name, cards, widgets } of DASHBOARDS) {
  watched.push({ name: `${name}: card`, page: await opened(cards) });
  watched.push({ name: `${name}: native switch`, page: await opened(widgets) });
}
const clicking = await opened(DASHBOARDS[1]!.cards);
for (const { page } of watched) await watch(page);

const clicks: Seen = [];
for (let click = 0; click < CLICKS + WARM_UP; click++) {
  const on = click % 2 === 0;
  clicks.push({ on, at: await clickCard(clicking) });
  await clicking.waitForTimeout(PAUSE_MS);
}
const rows: (string | number)[][] = [];
for (const { name, page } of watched) rows.push(row(name, await seen(page)));
rows.push(row('plain Socket.IO client', heard));
await browser.close();
client.close();
await red.stop();

console.log(`${CLICKS} clicks on a card of Dashboard 2, ${new Date().toISOString().slice(0, 10)},`);
console.log(
  `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.version}; milliseconds\n`,
);
console.log(table(['until seen on', 'seen', 'p50', 'p99', 'max'], rows));

async function opened(path: string): Promise<Page> {
  const { page } = await openPage(browser);
  await page.goto(red.url + path);
  await badge(page).getByText('Real-time Connected').waitFor();
  await page.waitForTimeout(1000);
  return page;
}

/** Notes each change of the first relay's switch at the moment that it is in the page. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const noted: { on: boolean; at: number }[] = [];
    Object.assign(globalThis, { noted });
    const cards = document.querySelector('factory-relays')?.shadowRoot;
    const native = document.querySelector('.nrdb-ui-switch, .nr-dashboard-switch');
    const isOn = (): boolean => {
      const card = cards?.querySelector('[data-relay=relay1] [role=switch]');
      const input = native?.querySelector('input');
      const one = card ?? native?.querySelector('md-switch');
      return input ? input.checked : one?.getAttribute('aria-checked') === 'true';
    };
    let last = isOn();
    const look = (): void => {
      const on = isOn();
      if (on !== last) noted.push({ on, at: performance.timeOrigin + performance.now() });
      last = on;
    };
    new MutationObserver(look).observe(cards ?? native!, {
      attributes: true,
      childList: true,
      subtree: true,
    });
  });
}

function seen(page: Page): Promise<Seen> {
  return page.evaluate(() => (globalThis as unknown as { noted: Seen }).noted);
}

function clickCard(page: Page): Promise<number> {
  return page.evaluate(() => {
    const card = document.querySelector('factory-relays')?.shadowRoot;
    const button = card?.querySelector<HTMLButtonElement>('[data-relay=relay1] [role=switch]');
    const at = performance.timeOrigin + performance.now();
    button?.click();
    return at;
  });
}

/** What became of each click there, the warm-up left out. */
function row(name: string, noted: Seen): (string | number)[] {
  const times = clicks.slice(WARM_UP).map(({ on, at }) => {
    const found = noted.find((one) => one.on === on && one.at >= at && one.at < at + 1000);
    return found ? found.at - at : NaN;
  });
  const known = times.filter((time) => !Number.isNaN(time));
  return [
    name,
    `${known.length} of ${times.length}`,
    tenths(quantile(known, 0.5)),
    tenths(quantile(known, 0.99)),
    tenths(Math.max(...known)),
  ];
}
