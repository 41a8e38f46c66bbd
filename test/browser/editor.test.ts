import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { coreFlow } from '../integration/core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed } from '../integration/harness.ts';
import { catalogue, firstParagraph, LANGUAGES, plain, TYPES, type Language } from './catalogue.ts';
import { startChromium } from './chromium.ts';
import type { Dialog } from './dialog.ts';
import { EditorPage } from './editor-page.ts';
import { TRIALS } from './trials.ts';

/** The core flow, and a node that it has no use for. */
const FLOW: readonly FlowNode[] = [
  ...coreFlow(),
  {
    id: 'remote-board',
    type: 'factory-board',
    name: 'Remote',
    plant: 'factory-iot-plant',
    driver: 'message',
    readBack: 'none',
    channels: [],
  },
  {
    id: 'remote-io',
    type: 'factory-io',
    z: 'factory-iot-tab',
    name: '',
    board: 'remote-board',
    send: 'each',
    notation: 'boolean',
    writeTopic: '',
    readTopic: '',
    first: 0,
    x: 140,
    y: 2000,
    wires: [[], []],
  },
];
const UNTRANSLATED = /(?:^|\s)(?:factory-[a-z]+|common)\.[\w-]/;
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

  for (const language of Object.keys(LANGUAGES) as Language[]) {
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

      // After all that changes nothing: a changed config node marks its users as changed too. In one language:
      // what a dialog keeps and refuses does not depend on the words around it.
      for (const type of language === 'en-US' ? TYPES : []) {
        it(`${type} keeps what is put into it`, async () => {
          const { id } = nodeOf(type);
          const before = await editor.settings(id);
          const dialog = await editor.openDialog(id);
          const name = `named in ${language}`;
          await dialog.fill('name', name);
          await dialog.close();
          assert.deepEqual(await editor.settings(id), { ...before, name });
          const again = await editor.openDialog(id);
          assert.equal(await again.field('name').inputValue(), name);
          await again.close();
        });

        for (const property of ['plant', 'server', 'board'].filter((name) => name in nodeOf(type))) {
          it(`${type} does not do without its ${property}`, async () => {
            const { id } = nodeOf(type);
            const chosen = String((await editor.settings(id))[property]);
            for (const [value, marked] of [
              ['_ADD_', [property]],
              [chosen, []],
            ] as const) {
              const dialog = await editor.openDialog(id);
              await dialog.fill(property, value);
              assert.deepEqual(await dialog.marked(), marked);
              await dialog.close();
              assert.equal((await editor.judgement(id)).valid, value === chosen);
            }
          });
        }

        for (const { property, bad, good } of TRIALS[type] ?? []) {
          it(`${type} tells a wrong ${property} from a right one`, async () => {
            const { id } = nodeOf(type);
            const wrong = await editor.openDialog(id);
            for (const value of bad) {
              await wrong.fill(property, value);
              assert.deepEqual(await wrong.marked(), [property], value);
            }
            await wrong.close();
            const { valid, errors } = await editor.judgement(id);
            assert.equal(valid, false);
            assert.equal(
              errors.find((error) => UNTRANSLATED.test(error)),
              undefined,
            );
            if (!isConfig(type)) assert.ok(await editor.errorBadge(id).isVisible());

            const right = await editor.openDialog(id);
            for (const value of good) {
              await right.fill(property, value);
              assert.deepEqual(await right.marked(), [], value);
            }
            await right.close();
            assert.deepEqual((await editor.judgement(id)).errors, []);
            assert.equal(String((await editor.settings(id))[property]), good.at(-1));
            if (!isConfig(type)) assert.ok(await editor.errorBadge(id).isHidden());
          });
        }
      }
    });
  }
});

/** The core flow has a node of each type. */
function nodeOf(type: string): FlowNode {
  const node = FLOW.find((candidate) => candidate.type === type);
  if (!node) throw new Error(`the flow has no ${type}`);
  return node;
}

function isConfig(type: string): boolean {
  return nodeOf(type)['z'] === undefined;
}

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
