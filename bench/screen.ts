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
import { clickCard, seen, timesUntil, watch, type Seen } from './switches.ts';
import { quantile, table, tenths } from './table.ts';

const CLICKS = 60;
const WARM_UP = 10;
const PAUSE_MS = 150;

interface Watched {
  readonly name: string;
  readonly page: Page;
}

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
  clicks.push(await clickCard(clicking));
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

/** What became of each click there, the warm-up left out. */
function row(name: string, noted: Seen): (string | number)[] {
  const times = timesUntil(clicks.slice(WARM_UP), noted);
  const known = times.filter((time) => !Number.isNaN(time));
  return [
    name,
    `${known.length} of ${times.length}`,
    tenths(quantile(known, 0.5)),
    tenths(quantile(known, 0.99)),
    tenths(Math.max(...known)),
  ];
}
