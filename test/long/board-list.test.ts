import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { EditorPage } from '../browser/editor-page.ts';
import { inEditor } from '../browser/in-editor.ts';

const BOARD = 'factory-iot-board';

interface Channel {
  readonly id: string;
  readonly name: string;
  readonly line: number | null;
  readonly activeLow: boolean;
  readonly start: string;
  readonly rules?: object;
}

describe("the list of a board's relays in the editor", function () {
  this.timeout(60_000);
  let editor: EditorPage;
  inEditor({}, (opened) => ({ editor } = opened));

  const rows = (): Locator => editor.page.locator('#factory-board-channels > li');
  const cell = (row: number, name: string): Locator => rows().nth(row).locator(`.factory-board-${name}`);
  const channels = async (): Promise<Channel[]> => (await editor.settings(BOARD))['channels'] as Channel[];

  it('shows each relay in a row, and saves what is changed in one', async () => {
    const before = await channels();
    const dialog = await editor.openDialog(BOARD);
    assert.equal(await rows().count(), 3);
    assert.equal(await cell(1, 'id').inputValue(), 'relay2');
    assert.equal(await cell(1, 'line').inputValue(), '27');
    await cell(1, 'name').fill('Conveyor');
    await cell(1, 'activeLow').check();
    await cell(1, 'start').selectOption('hold');
    await dialog.close();
    const after = await channels();
    assert.deepEqual(after[1], { ...before[1], name: 'Conveyor', activeLow: true, start: 'hold' });
    assert.deepEqual([after[0], after[2]], [before[0], before[2]]);
    assert.equal((await editor.judgement(BOARD)).valid, true);
  });

  it('has rules for each relay, in seconds, folded away where there are none', async () => {
    const before = await channels();
    assert.equal('rules' in before[0]!, false);
    const dialog = await editor.openDialog(BOARD);
    const rules = rows().nth(0).locator('.factory-board-rules');
    assert.equal(await rules.getAttribute('open'), null);
    await rules.locator('summary').click();
    await cell(0, 'minOn').fill('2.5');
    await cell(0, 'rateCount').fill('3');
    await cell(0, 'rateWithin').fill('60');
    await cell(0, 'interlock').fill('doors');
    await cell(0, 'watchdog').fill('5');
    await cell(0, 'fault').selectOption('hold');
    await dialog.close();
    const after = await channels();
    const expected = { minOn: 2500, rate: { count: 3, within: 60_000 }, interlock: 'doors', watchdog: 5000 };
    assert.deepEqual(after[0], { ...before[0], rules: expected, fault: 'hold' });
    assert.equal((await editor.judgement(BOARD)).valid, true);

    const again = await editor.openDialog(BOARD);
    assert.notEqual(await rules.getAttribute('open'), null);
    assert.equal(await cell(0, 'minOn').inputValue(), '2.5');
    await cell(0, 'rateWithin').fill('');
    await again.close();
    assert.equal((await editor.judgement(BOARD)).valid, false, 'a rate without a time');

    const cleared = await editor.openDialog(BOARD);
    for (const name of ['minOn', 'rateCount', 'interlock', 'watchdog']) await cell(0, name).fill('');
    await cell(0, 'beat').fill('0.5');
    await cell(0, 'fault').selectOption('on');
    await cleared.close();
    assert.deepEqual((await channels())[0], { ...before[0], fault: 'on', beat: 500 });
    assert.equal((await editor.judgement(BOARD)).valid, true);

    const plain = await editor.openDialog(BOARD);
    await cell(0, 'beat').fill('');
    await cell(0, 'fault').selectOption('off');
    await plain.close();
    assert.deepEqual(await channels(), before);
  });

  it('has a contact for each relay, folded away with the rules', async () => {
    const before = await channels();
    const dialog = await editor.openDialog(BOARD);
    await rows().nth(0).locator('.factory-board-rules summary').click();
    await cell(0, 'contact').fill('button1');
    await cell(0, 'contactWithin').fill('0.8');
    await cell(0, 'contactKind').selectOption('opens');
    await dialog.close();
    const contact = { input: 'button1', within: 800, inverted: true };
    assert.deepEqual((await channels())[0], { ...before[0], contact });
    assert.equal((await editor.judgement(BOARD)).valid, true);

    const again = await editor.openDialog(BOARD);
    assert.equal(await cell(0, 'contactWithin').inputValue(), '0.8');
    assert.equal(await cell(0, 'contactKind').inputValue(), 'opens');
    await cell(0, 'contact').fill('');
    await again.close();
    const { valid, errors } = await editor.judgement(BOARD);
    assert.equal(valid, false, 'a time without an input');
    assert.match(errors.join('\n'), /contact: the id of an input/);

    const cleared = await editor.openDialog(BOARD);
    await cell(0, 'contactWithin').fill('');
    await cleared.close();
    assert.deepEqual(await channels(), before);
  });

  it('has trips and permits for each relay, judged as they are typed', async () => {
    const before = await channels();
    const dialog = await editor.openDialog(BOARD);
    const item = rows().nth(0);
    await item.locator('.factory-board-rules summary').click();
    await item.locator('.factory-board-trips-add').click();
    const trip = item.locator('.factory-board-trips .factory-board-condition').first();
    await trip.locator('.condition-id').fill('a/#');
    await trip.locator('.condition-source').selectOption('topic');
    const isWrong = (): Promise<boolean> =>
      trip.locator('.condition-id').evaluate((field) => field.classList.contains('input-error'));
    assert.equal(await isWrong(), true, 'a wildcard');
    await trip.locator('.condition-id').fill('plant/tank');
    assert.equal(await isWrong(), false);
    assert.equal(await trip.locator('.condition-value').isVisible(), false, 'true needs no value');
    await trip.locator('.condition-kind').selectOption('text');
    await trip.locator('.condition-value').fill('empty');
    await trip.locator('.condition-reason').fill('مخزن خالی است');
    await item.locator('.factory-board-trips-add').click();
    const second = item.locator('.factory-board-trips .factory-board-condition').nth(1);
    await second.locator('.condition-id').fill('level');
    await second.locator('.condition-op').selectOption('below');
    assert.equal(await second.locator('.condition-kind').isVisible(), false, 'below is of numbers');
    await second.locator('.condition-value').fill('4.5');
    await second.locator('.condition-lost').uncheck();
    await item.locator('.factory-board-permits-add').click();
    const permit = item.locator('.factory-board-permits .factory-board-condition').first();
    await permit.locator('.condition-source').selectOption('input');
    await permit.locator('.condition-id').fill('door');
    await permit.locator('.condition-kind').selectOption('false');
    await cell(0, 'handFor').fill('3600');
    await cell(0, 'others').selectOption('yes');
    await dialog.close();
    const rules = {
      handFor: 3_600_000,
      trips: [
        { source: 'topic', id: 'plant/tank', op: 'is', value: 'empty', reason: 'مخزن خالی است' },
        { source: 'device', id: 'level', op: 'below', value: 4.5, lost: 'ignore' },
      ],
      permits: [{ source: 'input', id: 'door', op: 'is', value: false }],
    };
    assert.deepEqual((await channels())[0], { ...before[0], rules, others: true });
    assert.equal((await editor.judgement(BOARD)).valid, true);

    const again = await editor.openDialog(BOARD);
    assert.equal(await trip.locator('.condition-value').inputValue(), 'empty');
    assert.equal(await second.locator('.condition-lost').isChecked(), false);
    await second.locator('.condition-value').fill('high');
    await again.close();
    const { valid, errors } = await editor.judgement(BOARD);
    assert.equal(valid, false, 'below a text');
    assert.match(errors.join('\n'), /Trips and permits: at most 8/);

    const cleared = await editor.openDialog(BOARD);
    for (let left = 3; left > 0; left--) await item.locator('.condition-remove').first().click();
    await cell(0, 'handFor').fill('');
    await cell(0, 'others').selectOption('no');
    await cleared.close();
    assert.deepEqual(await channels(), before);
    assert.equal((await editor.judgement(BOARD)).valid, true);
  });

  it('has an area for each relay, in any script, and nothing where there is none', async () => {
    const before = await channels();
    const dialog = await editor.openDialog(BOARD);
    await rows().nth(0).locator('.factory-board-rules summary').click();
    await cell(0, 'area').fill(' سالن ۲ ');
    await dialog.close();
    assert.deepEqual((await channels())[0], { ...before[0], area: 'سالن ۲' });
    assert.equal((await editor.judgement(BOARD)).valid, true);

    const wrong = await editor.openDialog(BOARD);
    assert.equal(await cell(0, 'area').inputValue(), 'سالن ۲');
    await cell(0, 'area').fill('a/b');
    await wrong.close();
    assert.match((await editor.judgement(BOARD)).errors.join('\n'), /An area: at most 64 letters/);

    const cleared = await editor.openDialog(BOARD);
    await cell(0, 'area').fill('');
    await cleared.close();
    assert.deepEqual(await channels(), before);
  });

  it('asks for a chip where the lines are real, and says how they start before Node-RED does', async () => {
    const before = await editor.settings(BOARD);
    const dialog = await editor.openDialog(BOARD);
    const chip = editor.page.locator('#node-config-input-chip');
    assert.equal(await chip.isVisible(), false);
    await editor.page.locator('#node-config-input-driver').selectOption('chardev');
    await chip.waitFor();
    // What this machine has, or why it has none: nothing is made up.
    await editor.page
      .locator('#factory-board-no-chip:visible, #factory-board-chips option')
      .first()
      .waitFor({ state: 'attached' });
    await cell(1, 'activeLow').check();
    await editor.page.locator('#factory-board-boot', { hasText: 'gpio=27=op,dh' }).waitFor();
    await dialog.close();
    assert.equal((await editor.judgement(BOARD)).valid, false, 'no chip is named');

    const again = await editor.openDialog(BOARD);
    await chip.fill('pinctrl-bcm2711');
    await again.close();
    assert.equal((await editor.judgement(BOARD)).valid, true);

    const older = await editor.openDialog(BOARD);
    const bias = editor.page.locator('#node-config-input-bias');
    assert.equal(await bias.isVisible(), true);
    await editor.page.locator('#node-config-input-driver').selectOption('sysfs');
    assert.deepEqual([await chip.isVisible(), await bias.isVisible()], [true, false]);
    await chip.fill('');
    await older.close();
    assert.equal((await editor.judgement(BOARD)).valid, false, 'no chip is named');

    const back = await editor.openDialog(BOARD);
    await editor.page.locator('#node-config-input-driver').selectOption('simulated');
    await chip.evaluate((field: HTMLInputElement) => (field.value = ''));
    await back.close();
    assert.deepEqual((await editor.settings(BOARD))['channels'], before['channels']);
  });

  it('asks how outputs behind messages are read back, and tells wrong times from right ones', async () => {
    const before = await editor.settings(BOARD);
    const dialog = await editor.openDialog(BOARD);
    assert.equal(await dialog.field('answerWithin').isVisible(), false);
    await dialog.fill('driver', 'message');
    for (const [property, wrong, right] of [
      ['answerWithin', '99', '500'],
      ['staleAfter', '499', '5000'],
    ] as const) {
      await dialog.fill(property, wrong);
      assert.deepEqual(await dialog.marked(), [property]);
      await dialog.fill(property, right);
      assert.deepEqual(await dialog.marked(), []);
    }
    await dialog.fill('readBack', 'none');
    await dialog.close();
    const { driver, readBack, answerWithin, staleAfter } = await editor.settings(BOARD);
    assert.deepEqual(
      [driver, readBack, Number(answerWithin), Number(staleAfter)],
      ['message', 'none', 500, 5000],
    );
    const again = await editor.openDialog(BOARD);
    for (const property of ['readBack', 'answerWithin', 'staleAfter', 'driver'])
      await again.fill(property, String(before[property]));
    await again.close();
    assert.equal((await editor.judgement(BOARD)).valid, true);
  });

  it('takes a relay more, which is wrong until it has a line of its own', async () => {
    const adding = await editor.openDialog(BOARD);
    await adding.form.locator('.red-ui-editableList-addButton').click();
    assert.equal(await cell(3, 'id').inputValue(), 'relay4');
    await adding.close();
    assert.equal((await channels())[3]?.line, null);
    const { valid, errors } = await editor.judgement(BOARD);
    assert.equal(valid, false);
    assert.match(errors.join('\n'), /a line of its own/);

    const again = await editor.openDialog(BOARD);
    await cell(3, 'line').fill('17');
    await again.close();
    assert.equal((await editor.judgement(BOARD)).valid, false, 'relay1 has line 17 already');

    const mended = await editor.openDialog(BOARD);
    await cell(3, 'line').fill('5');
    await mended.close();
    assert.deepEqual((await editor.judgement(BOARD)).errors, []);
  });

  it('lets go of a relay that is removed', async () => {
    const dialog = await editor.openDialog(BOARD);
    await rows().nth(0).locator('.red-ui-editableList-item-remove').click();
    await rows().nth(3).waitFor({ state: 'detached' });
    await dialog.close();
    assert.deepEqual(
      (await channels()).map(({ id }) => id),
      ['relay2', 'relay3', 'relay4'],
    );
  });
});
