/** What the dialogs keep, and what they refuse: in one language, as that does not depend on the words around it. */
import assert from 'node:assert/strict';
import { TYPES } from '../browser/catalogue.ts';
import { FLOW, isConfig, nodeOf, UNTRANSLATED } from '../browser/editor-flow.ts';
import type { EditorPage } from '../browser/editor-page.ts';
import { inEditor } from '../browser/in-editor.ts';
import { TRIALS } from '../browser/trials.ts';

describe('what is put into the dialogs of the editor', function () {
  this.timeout(60_000);
  let editor: EditorPage;
  inEditor({ flow: FLOW }, (opened) => ({ editor } = opened));

  for (const type of TYPES) {
    it(`${type} keeps what is put into it`, async () => {
      const { id } = nodeOf(type);
      const before = await editor.settings(id);
      const dialog = await editor.openDialog(id);
      const name = 'another name';
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
