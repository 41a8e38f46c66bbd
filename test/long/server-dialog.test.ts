import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { connect as connectPage } from '../../client/factory-client.ts';
import type { ClientInfo } from '../../lib/live/client-info.ts';
import type { RehearsalReport } from '../../lib/live/rehearsed.ts';
import type { ConnectedClients } from '../../nodes/factory-server/clients-answers.ts';
import { catalogue, LANGUAGES, plain, type Language } from '../browser/catalogue.ts';
import type { EditorPage } from '../browser/editor-page.ts';
import { inEditor } from '../browser/in-editor.ts';
import { connect } from '../integration/clients.ts';
import type { NodeRed } from '../integration/harness.ts';

const SERVER = 'factory-iot-server';
/** Where pictures for a person to look at are put, if anywhere. */
const PICTURES = process.env['FACTORY_PICTURES'];
const HOSTILE = '<img src=x onerror="window.hacked=1"><b>x</b>';
const LONG = Array.from({ length: 14 }, (_, index) => `devices/hall${index}-temperature-*`).join(',');

const clientOf = (index: number, more: Partial<ClientInfo> = {}): ClientInfo => ({
  session: `session-${index}`,
  address: index % 7 === 3 ? '2001:db8:85a3::8a2e:370:7334' : `192.168.10.${20 + index}`,
  origin: index % 3 === 0 ? 'http://panel.example:3000' : undefined,
  transport: index % 5 === 4 ? 'polling' : 'websocket',
  since: new Date(Date.UTC(2026, 10, 28, 8, index)).toISOString(),
  principal: ['loopback', 'Ada Lovelace', 'operator-of-hall-seven-night-shift', 'امید'][index % 4]!,
  protocol: index % 6 === 5 ? 1 : 2,
  topics: index % 4 === 1 ? 'devices/*,relays/pump?' : '',
  latency: index === 7 ? null : 0.8 + index * index * 1.7,
  queue: index === 9 ? 412 : 0,
  ...more,
});
const MANY = Array.from({ length: 30 }, (_, index) =>
  clientOf(index, index === 2 ? { topics: LONG, principal: HOSTILE } : {}),
);

describe("a live server's dialog", function () {
  this.timeout(60_000);
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    describe(`in ${LANGUAGES[language]}`, () => {
      let red: NodeRed;
      let editor: EditorPage;
      const close: (() => void)[] = [];
      const isMeant = (error: string): boolean => /factory-iot\/(clients|rehearse)/.test(error);
      inEditor({ language, isMeant }, (opened) => ({ red, editor } = opened));
      afterEach(async () => {
        for (const end of close.splice(0)) end();
        assert.equal(await editor.page.evaluate('window.hacked'), undefined);
      });

      const digits = (value: number): string => value.toLocaleString(language === 'fa' ? 'fa-IR' : 'en-GB');
      const words = (key: string, values: Record<string, unknown> = {}): string =>
        Object.entries(values).reduce(
          (text, [name, value]) =>
            text.replace(`__${name}__`, typeof value === 'number' ? digits(value) : String(value)),
          catalogue('factory-server', language).get(`factory-server.clients.${key}`)!,
        );
      const section = (): Locator => editor.page.locator('#factory-server-clients');
      const part = (name: string): Locator => section().locator(`.factory-server-${name}`);
      const rows = (): Locator => part('table').locator('tbody tr');
      const says = (place: Locator, text: string): Promise<void> => place.filter({ hasText: text }).waitFor();
      const report = (): Locator => part('report');
      const picture = async (name: string, of = section()): Promise<void> => {
        if (!PICTURES) return;
        await section().scrollIntoViewIfNeeded();
        await of.screenshot({ path: `${PICTURES}/server-${name}-${language}.png` });
      };
      /** No part of the dialog is wider than it. */
      const fits = async (): Promise<void> => {
        const { scroll, client } = await section().evaluate((element) => ({
          scroll: element.scrollWidth,
          client: element.clientWidth,
        }));
        assert.ok(scroll <= client + 1, `${scroll} px in ${client} px`);
      };
      const pretend = async (answer: Partial<ConnectedClients>): Promise<void> => {
        const json = {
          deployed: true,
          count: answer.clients?.length ?? 0,
          clients: [],
          rehearsal: null,
          ...answer,
        };
        await editor.page.route('**/factory-iot/clients?*', (route) => route.fulfill({ json }));
      };

      it('says that nobody is connected, and shows who comes and goes', async () => {
        await editor.openDialog(SERVER);
        await says(part('state'), words('none'));
        assert.equal(await part('cut-all').isVisible(), false);
        await picture('empty');
        const auth = { protocol: 2, topics: 'relays/*' };
        const client = await connect(red.url, 'websocket', { auth });
        close.push(client.close);
        await rows().first().waitFor();
        await says(part('state'), words('one'));
        const row = plain(await rows().first().innerText());
        for (const shown of ['loopback', '127.0.0.1', 'websocket', 'relays/*'])
          assert.ok(row.includes(shown), row);
        // The server pings each 2 s, and so knows after 2 s.
        await rows()
          .first()
          .locator('.factory-server-latency', { hasText: /[\d۰-۹]/ })
          .waitFor();
        client.close();
        await says(part('state'), words('none'));
        assert.equal(await rows().count(), 0);
      });

      it('asks before it cuts, and Escape and Enter twice cut nobody', async () => {
        const client = await connect(red.url, 'websocket');
        close.push(client.close);
        await editor.openDialog(SERVER);
        await rows().first().locator('.factory-server-cut').press('Enter');
        await says(part('question'), words('sureOne'));
        await says(part('question'), words('then'));
        await editor.page.locator('[data-rehearsal="cancel"]:focus').waitFor();
        await picture('question');
        await editor.page.keyboard.press('Escape');
        await editor.page.locator('.factory-server-cut:focus').waitFor();
        assert.equal(await part('question').innerText(), '');
        await part('cut-all').press('Enter');
        await says(part('question'), words('sureAll'));
        await editor.page.keyboard.press('Enter');
        await editor.page.locator('.factory-server-cut-all:focus').waitFor();
        assert.ok(client.socket.connected);
        await fits();
      });

      it('rehearses with a page of ours, and shows how it went', async () => {
        const page = connectPage({ url: red.url, pollEach: 200 });
        close.push(() => page.close());
        await editor.openDialog(SERVER);
        await rows().first().locator('.factory-server-cut').click();
        await part('hold').fill('2');
        await editor.page.locator('[data-rehearsal="cut"]').click();
        await says(report(), words('report.fellBack', { count: 1, of: 1 }));
        await picture('running');
        await says(report(), words('report.cameBack', { count: 1, of: 1 }));
        await says(report(), words('report.as.changes'));
        await rows().first().waitFor();
        await picture('returned');
        assert.equal(page.connection.state, 'live');
        assert.equal(await part('cut-all').getAttribute('aria-disabled'), 'false');
        await fits();
      });

      it('shows many, with strange names and long topics, without anything out of its place', async () => {
        await pretend({ clients: MANY, count: 1234 });
        await editor.openDialog(SERVER);
        await rows().nth(29).waitFor({ state: 'attached' });
        await says(part('state'), words('some', { count: 1234, shown: 30 }));
        assert.ok((await rows().nth(2).innerText()).includes(HOSTILE));
        assert.equal(await section().locator('img').count(), 0);
        assert.equal(await rows().nth(2).locator('.factory-server-topics').getAttribute('title'), LONG);
        await fits();
        await picture('many');
        // As a person makes it with the mouse, without the width that the editor holds it open at.
        await editor.page
          .locator('.red-ui-tray')
          .last()
          .evaluate((element) => {
            element.style.width = '400px';
            element.querySelector<HTMLElement>('.red-ui-tray-body')!.style.minWidth = '0';
          });
        assert.ok((await section().boundingBox())!.width < 400);
        await fits();
        await picture('narrow');
      });

      it('keeps the focus on a button while the table is renewed', async () => {
        await pretend({ clients: MANY.slice(0, 3) });
        await editor.openDialog(SERVER);
        const button = rows().nth(1).locator('.factory-server-cut');
        await button.focus();
        const [gone, ...rest] = MANY.slice(0, 3);
        assert.ok(gone);
        await pretend({ clients: rest.map((client) => ({ ...client, latency: 99 })) });
        await says(rows().first().locator('.factory-server-latency'), digits(99));
        assert.equal(await rows().count(), 2);
        await rows().first().locator('.factory-server-cut:focus').waitFor();
      });

      it('shows a report of many with who is lost, and what cannot be known', async () => {
        const clients: RehearsalReport['clients'] = MANY.map(
          ({ session, address, principal, protocol, transport }, index) => ({
            session,
            address,
            principal,
            protocol,
            transport,
            match: index % 6 === 5 ? (index % 4 === 1 ? 'shared' : 'address') : 'client',
            toHttp: index % 6 === 5 && index % 4 === 1 ? null : 12 + index * 31,
            back: index === 0 ? null : 5200 + index * 101,
            resumed: index === 0 ? null : index % 6 === 5 ? 'lists' : index === 4 ? 'snapshot' : 'changes',
            told: { http: index * 3, back: index === 0 || index % 6 === 5 || index === 4 ? null : 2 },
          }),
        );
        const rehearsal: RehearsalReport = {
          state: 'timeout',
          began: '2026-11-28T09:00:00.000Z',
          of: 'all',
          hold: 5,
          within: 35,
          cut: 30,
          fellBack: 27,
          unknown: 3,
          returned: 29,
          worst: { toHttp: 911, back: 8129 },
          clients,
        };
        await pretend({ clients: MANY.slice(0, 4), rehearsal });
        await editor.openDialog(SERVER);
        await says(report(), words('report.unknown', { count: 3 }));
        await says(report(), words('report.never'));
        assert.equal(await report().locator('.factory-server-lost').count(), 1);
        assert.ok((await report().innerText()).includes(HOSTILE));
        await fits();
        await picture('report');
      });

      const troubles: [string, number, string][] = [
        ['who may not see it', 401, 'forbidden'],
        ['a server whose settings do not work', 400, 'failed'],
        ['a Node-RED that is not there', 0, 'unreachable'],
      ];
      for (const [what, status, key] of troubles) {
        it(`tells ${what}`, async () => {
          await editor.page.route('**/factory-iot/clients?*', (route) =>
            status === 0 ? route.abort() : route.fulfill({ status, json: { error: HOSTILE } }),
          );
          await editor.openDialog(SERVER);
          await says(part('state'), words(key));
          assert.equal(await part('cut-all').isVisible(), false);
          await picture(`trouble-${status}`);
        });
      }

      it('tells who may not cut, and a server that is not deployed', async () => {
        await pretend({ clients: MANY.slice(0, 2) });
        await editor.page.route('**/factory-iot/rehearse', (route) =>
          route.fulfill({ status: 401, body: 'Unauthorized' }),
        );
        await editor.openDialog(SERVER);
        await part('cut-all').click();
        await editor.page.locator('[data-rehearsal="cut"]').click();
        await says(part('question'), words('forbidden'));
        await pretend({ deployed: false });
        await says(part('state'), words('notDeployed'));
        await picture('not-deployed');
      });
    });
  }
});
