import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { LANGUAGES, type Language } from '../browser/catalogue.ts';
import { FLOW } from '../browser/editor-flow.ts';
import type { EditorPage } from '../browser/editor-page.ts';
import { inEditor } from '../browser/in-editor.ts';

const IO = 'remote-io';
/** Folder for pictures for a person to look at; undefined: none are taken. */
const PICTURES = process.env['FACTORY_PICTURES'];

describe('the dialog of relay I/O', function () {
  this.timeout(60_000);
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    describe(`in ${LANGUAGES[language]}`, () => {
      let editor: EditorPage;
      inEditor({ language, flow: FLOW }, (opened) => ({ editor } = opened));
      const topic = (row: number, column: 'relay' | 'write' | 'read'): Locator =>
        editor.page.locator('#factory-io-topics > li').nth(row).locator(`.factory-io-topic-${column}`);

      it('has words of one’s own where levels are to be written so, as text or as numbers', async () => {
        const dialog = await editor.openDialog(IO);
        const words = editor.page.locator('#factory-io-words');
        assert.equal(await words.isVisible(), false);
        await dialog.fill('notation', 'own');
        assert.equal(await words.isVisible(), true);
        for (const [which, word, type] of [
          ['on', '65280', 'num'],
          ['off', 'Uit', 'str'],
        ] as const)
          await dialog.field(`${which}Word`).evaluate(
            (element, [value, typeOf]) => {
              const { $ } = globalThis as unknown as { $: (of: Element) => TypedInput };
              $(element).typedInput('type', typeOf);
              $(element).typedInput('value', value);
            },
            [word, type],
          );
        if (PICTURES) await editor.page.screenshot({ path: `${PICTURES}/io-dialog-${language}.png` });
        await dialog.close();
        const { notation, onWord, onWordType, offWord, offWordType } = await editor.settings(IO);
        assert.deepEqual(
          [notation, onWord, onWordType, offWord, offWordType],
          ['own', '65280', 'num', 'Uit', 'str'],
        );
        assert.deepEqual((await editor.judgement(IO)).errors, []);
      });

      it('says what is wrong with words that are missing', async () => {
        const dialog = await editor.openDialog(IO);
        await dialog.field('offWord').evaluate((element) => {
          const { $ } = globalThis as unknown as { $: (of: Element) => TypedInput };
          $(element).typedInput('value', '');
        });
        await dialog.close();
        assert.match((await editor.judgement(IO)).errors.join('\n'), /64|۶۴/);
        const again = await editor.openDialog(IO);
        await again.fill('notation', 'ON');
        await again.close();
        assert.deepEqual((await editor.judgement(IO)).errors, []);
      });

      it('has a table of topics, what is asked with, and whether it is', async () => {
        const dialog = await editor.openDialog(IO);
        await dialog.form.locator('.red-ui-editableList-addButton').click();
        await topic(0, 'relay').fill('fan');
        await topic(0, 'write').fill('cmnd/y/POWER');
        await topic(0, 'read').fill('stat/y/POWER');
        const question = editor.page.locator('#factory-io-question');
        assert.equal(await question.isVisible(), true);
        await dialog.fill('asks', false);
        assert.equal(await question.isVisible(), false);
        await dialog.fill('buffer', 'bits');
        await dialog.fill('takeRetained', true);
        if (PICTURES) await editor.page.screenshot({ path: `${PICTURES}/io-topics-${language}.png` });
        await dialog.close();
        const { topics, asks, buffer, takeRetained, skipEchoes } = await editor.settings(IO);
        assert.deepEqual(topics, [{ relay: 'fan', write: 'cmnd/y/POWER', read: 'stat/y/POWER' }]);
        assert.deepEqual([asks, buffer, takeRetained, skipEchoes], [false, 'bits', true, true]);
        const again = await editor.openDialog(IO);
        assert.equal(await topic(0, 'read').inputValue(), 'stat/y/POWER');
        await topic(0, 'read').fill('stat/#');
        await again.close();
        assert.equal((await editor.judgement(IO)).errors.length, 1);
      });
    });
  }
});

interface TypedInput {
  typedInput(what: 'type' | 'value', value: string | undefined): void;
}
