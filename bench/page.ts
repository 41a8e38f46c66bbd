/**
 * `npm run bench:page`: a dashboard page that is left open. First its frames at the real rate, 500 devices and 10
 * changes a second, in a Chromium whose processor is slowed down; then an hour of changes as fast as they can be
 * sent, and what has grown.
 */
import { cpus } from 'node:os';
import type { CDPSession, Page } from 'playwright-core';
import type { PlantNode } from '../nodes/common.ts';
import { launchChromium } from '../scripts/chromium.ts';
import { badge, DASHBOARDS, openPage } from '../test/browser/dashboard.ts';
import { bundledFlows } from '../test/integration/core-flow.ts';
import { startNodeRed } from '../test/integration/harness.ts';
import { quantile, table, tenths } from './table.ts';

const DEVICES = 500;
const PER_SECOND = 10;
const THROTTLE = 4;
const FRAMES_FOR_MS = 20_000;
/** The changes of an hour, sent in this many times the real rate. */
const HOUR = 3600 * PER_SECOND;
const FASTER = 40;

const red = await startNodeRed();
const browser = await launchChromium();
await red.deploy(bundledFlows());
const { nodes } = red.RED as unknown as { nodes: { getNode(id: string): PlantNode } };
const { plant } = nodes.getNode('factory-iot-plant');
for (let index = 0; index < DEVICES; index++) {
  plant.devices.write({
    id: `m${index}`,
    name: `Machine ${index}`,
    type: index % 2 ? 'temperature' : 'pressure',
    value: 0,
    unit: 'bar',
    attributes: { writable: index % 10 === 0 },
  });
}

const rows: (string | number)[][] = [];
const growth: (string | number)[][] = [];
for (const { name, cards } of DASHBOARDS) {
  const { page } = await openPage(browser, { viewport: { width: 1280, height: 800 } });
  const cdp = await page.context().newCDPSession(page);
  await page.goto(red.url + cards);
  await badge(page).getByText('Real-time Connected').waitFor();
  await page.waitForTimeout(3000);

  await cdp.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE });
  const idle = await frames(page, FRAMES_FOR_MS / 4);
  const stop = change(PER_SECOND);
  const busy = await frames(page, FRAMES_FOR_MS);
  stop();
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  rows.push(
    [`${name}, nothing changes`, ...summary(idle)],
    [`${name}, ${PER_SECOND} changes/s`, ...summary(busy)],
  );

  // What is made once at the first changes is not growth.
  await sendMany(2000);
  const before = await weigh(cdp);
  await sendMany(HOUR);
  const after = await weigh(cdp);
  growth.push([name, before.heap, after.heap, before.nodes, after.nodes, before.listeners, after.listeners]);
  await page.context().close();
}
await browser.close();
await red.stop();

console.log(
  `${DEVICES} devices, Chromium slowed ${THROTTLE} times, ${new Date().toISOString().slice(0, 10)},`,
);
console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}; milliseconds between frames\n`);
console.log(table(['page', 'frames', 'p50', 'p99', 'max'], rows));
console.log(`\nBefore and after the ${HOUR} changes of an hour, sent ${FASTER} times as fast\n`);
console.log(
  table(['page', 'heap MB before', 'after', 'nodes before', 'after', 'listeners before', 'after'], growth),
);

/** Writes a new value of one device after another, so many a second, until it is stopped. */
function change(perSecond: number): () => void {
  let next = 0;
  const timer = setInterval(() => write(next++), 1000 / perSecond);
  return () => clearInterval(timer);
}

function write(count: number): void {
  plant.devices.write({ id: `m${count % DEVICES}`, value: Math.round(Math.random() * 1000) / 10 });
}

async function sendMany(changes: number): Promise<void> {
  // In the steps of the windows in which lists go out.
  const perStep = (PER_SECOND * FASTER) / 10;
  for (let sent = 0; sent < changes; sent += perStep) {
    for (let index = 0; index < perStep; index++) write(sent + index);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** How far apart the frames of the page are, milliseconds. */
function frames(page: Page, ms: number): Promise<number[]> {
  return page.evaluate(
    (within) =>
      new Promise<number[]>((resolve) => {
        const apart: number[] = [];
        const begin = performance.now();
        let last = begin;
        const frame = (now: number): void => {
          apart.push(now - last);
          last = now;
          if (now - begin < within) requestAnimationFrame(frame);
          else resolve(apart.slice(1));
        };
        requestAnimationFrame(frame);
      }),
    ms,
  );
}

function summary(apart: readonly number[]): string[] {
  return [
    String(apart.length),
    tenths(quantile(apart, 0.5)),
    tenths(quantile(apart, 0.99)),
    tenths(Math.max(...apart)),
  ];
}

async function weigh(cdp: CDPSession): Promise<{ heap: string; nodes: number; listeners: number }> {
  await cdp.send('Performance.enable');
  await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  return { heap: tenths(of('JSHeapUsedSize') / 1e6), nodes: of('Nodes'), listeners: of('JSEventListeners') };
}
