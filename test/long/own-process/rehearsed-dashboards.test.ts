import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { ConnectedClients } from '../../../nodes/factory-server/clients-answers.ts';
import { startChromium } from '../../browser/chromium.ts';
import { badge, card, cardSwitch, DASHBOARDS, openPage } from '../../browser/dashboard.ts';
import { post, request } from '../../integration/clients.ts';
import { bundledFlows } from '../../integration/core-flow.ts';
import { startNodeRed, type NodeRed } from '../../integration/harness.ts';

/** Where pictures for a person to look at are put, if anywhere. */
const PICTURES = process.env['FACTORY_PICTURES'];
const LOCALES = {
  'en-US': { live: /Real-time Connected/, fallback: /HTTP Fallback Mode/ },
  'fa-IR': { live: /اتصال زنده/, fallback: /HTTP/ },
} as const;

describe('the dashboards while the fallback is rehearsed', function () {
  this.timeout(60_000);
  let browser: Browser;
  let red: NodeRed;
  before(async function () {
    browser = await startChromium(this);
    red = await startNodeRed();
    await red.deploy(bundledFlows());
  });
  after(async () => {
    await browser?.close();
    await red?.deploy([]);
    await red?.stop();
  });

  for (const { name, cards } of DASHBOARDS) {
    for (const [locale, says] of Object.entries(LOCALES)) {
      it(`${name} in ${locale} says that it is on HTTP, switches a relay there, and is live again`, async () => {
        const { page } = await openPage(browser, { locale, viewport: { width: 1280, height: 900 } });
        try {
          await page.goto(red.url + cards);
          await badge(page).filter({ hasText: says.live }).waitFor();
          await card(page, 'relay1').waitFor();
          const before = await cardSwitch(page, 'relay1').getAttribute('aria-checked');
          const server = 'factory-iot-server';
          const { status } = await post(`${red.url}/editor/factory-iot/rehearse`, { server, hold: 4 });
          assert.equal(status, 200);
          await badge(page).filter({ hasText: says.fallback }).waitFor();
          if (PICTURES)
            await page.screenshot({ path: `${PICTURES}/${name.replace(' ', '-')}-on-http-${locale}.png` });
          await cardSwitch(page, 'relay1').click();
          const after = before === 'true' ? 'false' : 'true';
          await card(page, 'relay1').locator(`[role=switch][aria-checked=${after}]`).waitFor();
          await badge(page).filter({ hasText: says.live }).waitFor({ timeout: 30_000 });
          const { body } = await request(`${red.url}/editor/factory-iot/clients?server=${server}`);
          const { rehearsal } = body as unknown as ConnectedClients;
          const ours = rehearsal!.clients.filter(({ match }) => match === 'client');
          assert.equal(ours.length, 1);
          assert.ok(ours[0]!.toHttp !== null && ours[0]!.back! > ours[0]!.toHttp);
          assert.equal(ours[0]!.resumed, 'changes');
        } finally {
          await page.context().close();
        }
      });
    }
  }
});
