import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { startNodeRed, VERSIONS, type Version } from '../integration/harness.ts';
import { catalogue, LANGUAGES, plain, type Language } from '../browser/catalogue.ts';
import { startChromium } from '../browser/chromium.ts';
import { EditorPage } from '../browser/editor-page.ts';
import { inEditor } from '../browser/in-editor.ts';

const BOARD = 'factory-iot-board';
const TAB = 'factory-iot-outputs';
/** Where pictures for a person to look at are put, if anywhere. */
const PICTURES = process.env['FACTORY_PICTURES'];

interface Globals {
  RED: {
    nodes: { node(id: string): object; remove(id: string): void; dirty(set?: boolean): boolean };
    sidebar: { show(id: string): void };
  };
}

describe('the preview of a deploy in the sidebar', function () {
  this.timeout(60_000);
  let browser: Browser;
  before(async function () {
    browser = await startChromium(this);
  });
  after(() => browser?.close());

  for (const version of Object.keys(VERSIONS).map(Number) as Version[]) {
    for (const language of Object.keys(LANGUAGES) as Language[]) {
      describe(`in ${LANGUAGES[language]}, Node-RED ${version}`, () => {
        let editor: EditorPage;
        inEditor({ version, language }, (opened) => {
          ({ editor } = opened);
          return editor.page.evaluate((tab) => (globalThis as unknown as Globals).RED.sidebar.show(tab), TAB);
        });

        const pane = (): Locator => editor.page.locator('.factory-iot-outputs');
        const words = (key: string, values: Record<string, unknown> = {}): string =>
          Object.entries(values).reduce(
            (text, [name, value]) => text.replace(`__${name}__`, String(value)),
            catalogue('factory-board', language).get(`factory-board.outputs.${key}`)!,
          );
        const summary = async (moves: number): Promise<string> => {
          const line = pane().locator(`.factory-iot-outputs-summary[data-moves="${moves}"]`);
          await line.waitFor();
          return plain(await line.innerText());
        };
        const fates = async (): Promise<string[]> =>
          pane()
            .locator('li')
            .evaluateAll((rows) =>
              rows.map(({ dataset: { relay, line, fate, becomes } }) =>
                [relay, line, fate, becomes].filter((part) => part !== '').join(' '),
              ),
            );
        const picture = async (name: string): Promise<void> => {
          if (PICTURES)
            await editor.page.screenshot({ path: `${PICTURES}/${name}-${language}-${version}.png` });
        };
        const deployButton = (): Locator => editor.page.locator('#red-ui-header-button-deploy');

        it('says in plain words that nothing moves', async () => {
          await pane().locator('details').waitFor();
          assert.equal(await summary(0), words('nothing'));
          assert.equal(await pane().getAttribute('dir'), language === 'fa' ? 'rtl' : 'ltr');
          assert.equal(await pane().locator('details').getAttribute('open'), null);
          assert.deepEqual(await fates(), ['relay1 17 kept', 'relay2 27 kept', 'relay3 22 kept']);
          assert.equal(await deployButton().getAttribute('data-moves'), null);
          await pane().locator('summary').press('Enter');
          assert.ok(await pane().locator('li').first().isVisible());
          await picture('outputs-nothing');
        });

        it('says which outputs a change would move, at the deploy button too, until it is deployed', async () => {
          const dialog = await editor.openDialog(BOARD);
          const rows = editor.page.locator('#factory-board-channels > li');
          await rows.nth(0).locator('.factory-board-line').fill('5');
          await rows.nth(1).locator('.factory-board-activeLow').check();
          await dialog.close();
          assert.equal(await summary(3), words('moves', { count: 3 }));
          assert.deepEqual((await fates()).toSorted(), [
            'relay1 17 let-go',
            'relay1 5 moved off',
            'relay2 27 moved turned',
            'relay3 22 kept',
          ]);
          const first = plain(await pane().locator('li[data-line="5"]').innerText());
          assert.ok(first.includes(words('moved.off')), first);
          assert.ok(first.includes(words('line', { line: 5 })), first);
          assert.equal(await deployButton().getAttribute('title'), words('moves', { count: 3 }));
          const note = editor.page.locator('.red-ui-notification', { hasText: words('see') });
          await note.waitFor();
          await picture('outputs-moves');
          await deployButton().click();
          assert.equal(await summary(0), words('nothing'));
          await pane().locator('li[data-line="5"]').waitFor({ state: 'attached' });
          assert.equal(await deployButton().getAttribute('title'), null);
        });

        it('names what is wrong with a board, in the words of the check', async () => {
          const dialog = await editor.openDialog(BOARD);
          await editor.page
            .locator('#factory-board-channels > li')
            .nth(0)
            .locator('.factory-board-line')
            .fill('27');
          await dialog.close();
          const problem = pane().locator('.factory-iot-outputs-problem');
          await problem.waitFor();
          assert.match(await problem.innerText(), /channels 1 and 2 have the same line 27/);
          assert.ok((await problem.innerText()).includes(words('problem.invalid')));
          assert.equal(await summary(0), `${words('nothing')} ${words('problemsOne')}`);
          await picture('outputs-invalid');
          // The name of the board leads to its dialog.
          await pane().locator('h4 a').press('Enter');
          await editor.page.locator('#node-config-input-driver').waitFor();
          await editor.page
            .locator('#factory-board-channels > li')
            .nth(0)
            .locator('.factory-board-line')
            .fill('5');
          await editor.page.locator('#node-config-dialog-ok').click();
          await problem.waitFor({ state: 'detached' });
        });

        it('says that a board which is deleted lets go of its lines', async () => {
          await editor.page.evaluate((id) => {
            const { RED } = globalThis as unknown as Globals;
            RED.nodes.remove(id);
            RED.nodes.dirty(true);
          }, BOARD);
          assert.equal(await summary(3), words('moves', { count: 3 }));
          assert.match(await pane().locator('h4').innerText(), new RegExp(words('removed')));
          assert.ok((await fates()).every((fate) => fate.endsWith('let-go')));
        });
      });
    }
  }

  it('asks for nothing where there is no board', async () => {
    const red = await startNodeRed();
    try {
      await red.deploy([
        { id: 't', type: 'tab', label: 'tab' },
        { id: 'c', type: 'comment', name: 'note', z: 't', x: 200, y: 100, wires: [] },
      ]);
      const editor = await EditorPage.open(browser, red.url, 'en-US', 't');
      const asked: string[] = [];
      editor.page.on('request', (request) => {
        if (request.url().includes('factory-iot')) asked.push(request.url());
      });
      await editor.page.evaluate((tab) => {
        const { RED } = globalThis as unknown as Globals;
        RED.sidebar.show(tab);
        RED.nodes.remove('c');
        RED.nodes.dirty(true);
      }, TAB);
      // Longer than changes are collected.
      await editor.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000)));
      const own = asked.filter((url) => !url.includes('/icons/') && !url.includes('/locales/'));
      assert.deepEqual(own, []);
      assert.deepEqual(editor.errors, []);
      await editor.close();
    } finally {
      await red.stop();
    }
  });
});
