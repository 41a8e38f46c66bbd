import assert from 'node:assert/strict';
import type { EditorPage } from '../browser/editor-page.ts';
import { inEditor } from '../browser/in-editor.ts';

const INPUT = 'factory-iot-button';

describe('the source of an input in the editor', function () {
  this.timeout(60_000);
  let editor: EditorPage;
  inEditor({}, (opened) => ({ editor } = opened));

  it('needs a chip and a line where it is a line, and neither where it is messages', async () => {
    const dialog = await editor.openDialog(INPUT);
    assert.equal(await dialog.field('chip').isVisible(), false);
    assert.equal(await dialog.field('trustOutside').isVisible(), true);
    await dialog.fill('source', 'chardev');
    await dialog.field('chip').waitFor();
    assert.equal(await dialog.field('trustOutside').isVisible(), false);
    // What this machine has, or why it has none: nothing is made up.
    await editor.page
      .locator('#factory-input-no-chip:visible, #factory-input-chips option')
      .first()
      .waitFor({ state: 'attached' });
    await dialog.close();
    const { valid, errors } = await editor.judgement(INPUT);
    assert.equal(valid, false);
    assert.match(errors.join('\n'), /Chip: .*missing[^]*Line: a whole number/);

    const named = await editor.openDialog(INPUT);
    for (const wrong of ['', '-1', '1.5', 'GPIO4', '65536']) {
      await named.fill('line', wrong);
      assert.ok((await named.marked()).includes('line'), wrong);
    }
    await named.fill('chip', 'pinctrl-bcm2711');
    await named.fill('line', '17');
    await named.fill('bias', 'pull-up');
    await named.fill('activeLow', true);
    assert.deepEqual(await named.marked(), []);
    await named.close();
    const { source, chip, line, bias, activeLow } = await editor.settings(INPUT);
    assert.deepEqual(
      [source, chip, line, bias, activeLow],
      ['chardev', 'pinctrl-bcm2711', '17', 'pull-up', true],
    );
    assert.deepEqual((await editor.judgement(INPUT)).errors, []);

    const back = await editor.openDialog(INPUT);
    await back.fill('line', '');
    await back.fill('source', 'message');
    await back.close();
    assert.deepEqual((await editor.judgement(INPUT)).errors, []);
  });
});
