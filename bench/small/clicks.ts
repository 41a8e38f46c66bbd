/** From a click to five screens of a small computer: four pages of Dashboard 2 and a client of ours in Node.js, outside of it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { connect } from '../../client/factory-client.ts';
import { launchChromium } from '../../scripts/chromium.ts';
import { badge, DASHBOARDS, openPage } from '../../test/browser/dashboard.ts';
import { clickCard, seen, timesUntil, watch, type Seen } from '../switches.ts';
import { quantile, table, tenths } from '../table.ts';
import type { Small } from './cgroup.ts';
import { now } from './clock.ts';
import { makeData, run } from './program.ts';

const CLICKS = 210;
const WARM_UP = 10;
const PAGES = 4;
const PAUSE_MS = 150;
/** What no screen has seen after this does not come any more. */
const WITHIN_MS = 4000;
const GOAL_MS = 150;
const RELAY = 'relay1';

export async function measureClicks(small: Small, data: string): Promise<string> {
  makeData(data, { dashboard: 2 });
  const program = await run(small.start, data);
  const browser = await launchChromium();
  const client = connect({ url: program.url });
  const heard: Seen = [];
  let wasOn = false;
  client.on('relays', (relays) => {
    const on = relays.get(RELAY)?.state === true;
    if (on !== wasOn) heard.push({ on, at: now() });
    wasOn = on;
  });
  const pages: Page[] = [];
  for (let index = 0; index < PAGES; index++) {
    const { page } = await openPage(browser);
    page.setDefaultTimeout(60_000);
    await page.goto(program.url + DASHBOARDS[1]!.cards);
    await badge(page).getByText('Real-time Connected').waitFor();
    await watch(page);
    pages.push(page);
  }
  const all = async (): Promise<Seen[]> => [...(await Promise.all(pages.map(seen))), heard];
  const clicks: Seen = [];
  for (let click = 0; click < CLICKS; click++) {
    const clicked = await clickCard(pages[0]!);
    clicks.push(clicked);
    // Not in step with what the plant does each second.
    await delay(PAUSE_MS + Math.random() * 100);
    // The next one is the other way, so it has to wait for a screen that is late.
    const isThere = (noted: Seen): boolean => timesUntil([clicked], noted, WITHIN_MS).every(Number.isFinite);
    while (now() < clicked.at + WITHIN_MS && !(await all()).every(isThere)) await delay(PAUSE_MS);
  }
  const screens = await all();
  const times = screens.map((noted) => timesUntil(clicks.slice(WARM_UP), noted, WITHIN_MS));
  client.close();
  await browser.close();
  await program.stop();
  const last = times[0]!.map((_, click) => Math.max(...times.map((of) => of[click]!)));
  return table(
    ['from the click until seen on', 'seen', 'p50 ms', 'p99 ms', 'max ms', 'goal'],
    [
      row('the page that was clicked', times[0]!),
      ...times.slice(1, PAGES).map((of, index) => row(`page ${index + 2}`, of)),
      row('client in Node.js', times[PAGES]!),
      row('all five screens', last, `p99 ≤ ${GOAL_MS} ms`),
    ],
  );
}

function row(name: string, times: readonly number[], goal = ''): string[] {
  const known = times.filter((time) => !Number.isNaN(time));
  const figures = [quantile(known, 0.5), quantile(known, 0.99), Math.max(...known)].map(tenths);
  return [name, `${known.length} of ${times.length}`, ...figures, goal];
}
