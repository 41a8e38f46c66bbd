import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Browser, Locator } from 'playwright-core';
import { connect } from '../integration/clients.ts';
import { startNodeRed, type NodeRed } from '../integration/harness.ts';
import { catalogue, firstParagraph, LANGUAGES, plain, TRIED, TYPES, type Language } from './catalogue.ts';
import { startChromium } from './chromium.ts';
import type { Dialog } from './dialog.ts';
import { FLOW, isConfig, nodeOf, UNTRANSLATED } from './editor-flow.ts';
import { EditorPage } from './editor-page.ts';

const UNTOUCHED = { changed: false, valid: true, errors: [] };
const PERSIAN = /[\u0600-\u06ff]/;

describe('the nodes in the editor', function () {
  this.timeout(60_000);
  let browser: Browser;
  let red: NodeRed;
  before(async function () {
    browser = await startChromium(this);
    red = await startNodeRed();
    await red.deploy(FLOW);
  });
  after(async () => {
    await browser?.close();
    await red?.stop();
  });

  for (const language of TRIED) {
    describe(`in ${LANGUAGES[language]}`, () => {
      let editor: EditorPage;
      before(async () => {
        editor = await EditorPage.open(browser, red.url, language, 'factory-iot-tab');
      });
      after(() => editor?.close());
      afterEach(async () => {
        await editor.cancelAll();
        const errors = editor.errors.splice(0);
        assert.deepEqual(errors, []);
      });

      it('stand in the palette with their labels and icons', async () => {
        const shown = TYPES.filter((type) => !isConfig(type));
        const category = editor.page.locator('#red-ui-palette-container-factory_IoT .red-ui-palette-node');
        assert.equal(await category.count(), shown.length);
        for (const type of shown) {
          const node = editor.paletteNode(type);
          const label = plain(await node.locator('.red-ui-palette-label').innerText());
          assert.equal(label, catalogue(type, language).get(`${type}.label`), type);
          const icon = await editor.iconOf(node);
          const response = await fetch(icon);
          assert.equal(response.status, 200, icon);
          assert.match(response.headers.get('content-type') ?? '', /^image\/svg/, icon);
          assert.match(icon, new RegExp(`/${type}\\.svg$`));
        }
      });

      for (const type of TYPES) {
        it(`${type} has a dialog in that language, which changes nothing by itself`, async () => {
          const { id } = nodeOf(type);
          const before = await editor.settings(id);
          assert.deepEqual(await editor.judgement(id), UNTOUCHED);
          const dialog = await editor.openDialog(id);
          await checkTexts(dialog, type, language);
          assert.deepEqual(await dialog.marked(), []);
          await dialog.close();
          assert.deepEqual(await editor.settings(id), before);
          assert.deepEqual(await editor.judgement(id), UNTOUCHED);
        });

        it(`${type} explains itself in that language`, async () => {
          const help = await editor.help(type);
          const paragraph = help.locator('p').first();
          assert.equal(plain(await paragraph.innerText()), firstParagraph(type, language));
          assert.equal(await directionOf(paragraph), language === 'fa' ? 'rtl' : 'ltr');
          assert.equal(PERSIAN.test(await help.innerText()), language === 'fa');
        });
      }

      it('factory-server shows who is connected, and rehearses the fallback with them', async () => {
        const words = (key: string): string =>
          catalogue('factory-server', language).get(`factory-server.clients.${key}`)!;
        const client = await connect(red.url, 'websocket', { reconnectionDelay: 50 });
        try {
          await editor.openDialog(nodeOf('factory-server').id);
          const section = editor.page.locator('#factory-server-clients');
          // What the last rehearsal reports names clients, too.
          await section.locator('tr:has(.factory-server-cut)', { hasText: 'loopback' }).waitFor();
          await section.locator('.factory-server-cut-all').click();
          await section.getByText(words('sureAll')).waitFor();
          await section.locator('.factory-server-hold').fill('0');
          const report = section.locator('.factory-server-report');
          const last = await report.innerText();
          await section.locator('[data-rehearsal="cut"]').click();
          // Not of the rehearsal before.
          for (let now = last; now === last; now = await report.innerText())
            await report.page().waitForTimeout(50);
          await report.locator('.fa-check').waitFor();
          await report.getByText(words('report.as.lists')).first().waitFor();
          if (!client.socket.connected) await once(client.socket as never, 'connect');
        } finally {
          client.close();
        }
      });
    });
  }
});

/** All of a dialog's texts are its catalogue's in this language: no key, and nothing of the other one. */
async function checkTexts(dialog: Dialog, type: string, language: Language): Promise<void> {
  const texts = catalogue(type, language);
  const translated = await dialog.translated();
  assert.ok(translated.length > 0, 'nothing in the dialog comes from the catalogue');
  for (const { key, text } of translated) assert.equal(plain(text), plain(texts.get(key) ?? ''), key);
  const wrong = (await dialog.texts()).filter(
    (text) => UNTRANSLATED.test(text) || isForeign(text, type, language),
  );
  assert.deepEqual(wrong, []);
}

function directionOf(locator: Locator): Promise<string | undefined> {
  return locator.evaluate(
    (element) => element.ownerDocument.defaultView?.getComputedStyle(element).direction,
  );
}

/** Whether a text is the node's own, but in the other language. */
function isForeign(text: string, type: string, language: Language): boolean {
  const own = new Set(catalogue(type, language).values());
  const other = catalogue(type, language === 'fa' ? 'en-US' : 'fa');
  return !own.has(text) && new Set(other.values()).has(text);
}
