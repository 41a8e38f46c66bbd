import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { CrashFacts } from '../../lib/gpio/crash-facts.ts';
import { post, request } from '../integration/clients.ts';
import type { NodeRed } from '../integration/harness.ts';
import { catalogue, LANGUAGES, plain, type Language } from '../browser/catalogue.ts';
import type { EditorPage } from '../browser/editor-page.ts';
import { inEditor } from '../browser/in-editor.ts';

const BOARD = 'factory-iot-board';
/** Where pictures for a person to look at are put, if anywhere. */
const PICTURES = process.env['FACTORY_PICTURES'];

/** A Raspberry Pi 4 with SPI switched on, as its kernel tells its lines. */
const CHIPS = [
  {
    path: '/dev/gpiochip0',
    name: 'gpiochip0',
    label: 'pinctrl-bcm2711',
    lines: Array.from({ length: 58 }, (_, line) => {
      const consumer = { 7: 'spi0 CS1', 8: 'spi0 CS0', 27: 'factory-iot:Demo board' }[line] ?? '';
      return { line, name: `GPIO${line}`, used: consumer !== '' || line === 4, consumer };
    }),
  },
];
const FACTS: CrashFacts = {
  release: 'keeps',
  persists: true,
  panicSeconds: 0,
  panicOnOops: false,
  watchdogs: [{ name: 'watchdog0', identity: 'Broadcom BCM2835 Watchdog timer', active: true, timeout: 15 }],
  supervisor: { kind: 'systemd', unit: 'nodered.service', restart: 'on-failure' },
};

describe("a board's dialog in front of its hardware", function () {
  this.timeout(60_000);
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    describe(`in ${LANGUAGES[language]}`, () => {
      let red: NodeRed;
      let editor: EditorPage;
      inEditor({ language }, (opened) => ({ red, editor } = opened));

      const words = (key: string, values: Record<string, unknown> = {}): string =>
        Object.entries(values).reduce(
          (text, [name, value]) => text.replace(`__${name}__`, String(value)),
          catalogue('factory-board', language).get(`factory-board.${key}`)!,
        );
      const row = (index: number): Locator => editor.page.locator('#factory-board-channels > li').nth(index);
      const tryButton = (index: number): Locator => row(index).locator('.factory-board-try');
      const answer = (index: number): Locator => row(index).locator('.factory-board-try-answer');
      const stateOf = (index: number): Locator => row(index).locator('.factory-board-try-state');
      const relay = async (id: string): Promise<unknown> =>
        ((await request(`${red.url}/api/relays`)).body['relays'] as Record<string, unknown>)[id];
      const picture = async (name: string, of?: Locator): Promise<void> => {
        const path = `${PICTURES}/${name}-${language}.png`;
        if (PICTURES) await (of ? of.screenshot({ path }) : editor.page.screenshot({ path }));
      };
      /** No part of the dialog is wider than it. */
      const fits = async (part: Locator): Promise<void> => {
        const { scroll, client } = await part.evaluate((element) => ({
          scroll: element.scrollWidth,
          client: element.clientWidth,
        }));
        assert.ok(scroll <= client + 1, `${scroll} px in ${client} px`);
      };
      const openReal = async (): Promise<void> => {
        await editor.page.route('**/factory-iot/chips', (route) => route.fulfill({ json: { chips: CHIPS } }));
        await editor.page.route('**/factory-iot/crash?*', (route) => route.fulfill({ json: FACTS }));
        await editor.openDialog(BOARD);
        await editor.page.locator('#node-config-input-driver').selectOption('chardev');
        await editor.page.locator('#node-config-input-chip').fill('pinctrl-bcm2711');
      };

      it('switches a channel on for a moment, once it was asked whether that is safe', async () => {
        await editor.openDialog(BOARD);
        await stateOf(0)
          .filter({ hasText: words('try.now.off') })
          .waitFor();
        assert.equal(await tryButton(0).getAttribute('aria-disabled'), 'false');
        await tryButton(0).press('Enter');
        assert.ok((await answer(0).innerText()).includes(words('try.sure', { relay: 'relay1', line: 17 })));
        // Enter twice moves nothing, and Escape leaves the question alone.
        await editor.page.locator('[data-trial="cancel"]:focus').waitFor();
        await picture('try-question');
        await editor.page.keyboard.press('Escape');
        await answer(0).locator('[data-trial]').first().waitFor({ state: 'detached' });
        assert.ok(await tryButton(0).isVisible(), 'the dialog is still open');
        assert.equal(await relay('relay1'), false);

        await tryButton(0).press('Enter');
        await answer(0).locator('[data-trial="pulse"]').press('Enter');
        await answer(0).and(editor.page.locator('[data-code="done"]')).waitFor();
        const said = plain(await answer(0).innerText());
        assert.equal(said, [words('try.code.done'), words('try.read.on'), words('try.simulated')].join(' '));
        await stateOf(0)
          .filter({ hasText: words('try.now.on') })
          .waitFor();
        await picture('try-answer');
        await fits(row(0));
      });

      it('says in words why it was refused', async () => {
        const lock = { locked: true, why: 'new belt' };
        assert.equal((await post(`${red.url}/api/relays/relay3/lock`, lock)).status, 200);
        await editor.openDialog(BOARD);
        await stateOf(2)
          .filter({ hasText: words('try.now.off') })
          .waitFor();
        await tryButton(2).click();
        await answer(2).locator('[data-trial="pulse"]').click();
        await answer(2).and(editor.page.locator('[data-code="locked"]')).waitFor();
        const said = plain(await answer(2).innerText());
        assert.ok(said.startsWith(words('try.code.locked')), said);
        assert.match(said, /it is locked out by .*: new belt/);
        assert.equal(await relay('relay3'), false);
      });

      it('tries only what runs', async () => {
        await editor.openDialog(BOARD);
        await stateOf(1)
          .filter({ hasText: words('try.now.off') })
          .waitFor();
        const titles = async (): Promise<(string | null)[]> =>
          Promise.all([0, 1].map((index) => tryButton(index).getAttribute('title')));
        const line = row(1).locator('.factory-board-line');
        await line.fill('5');
        assert.deepEqual(await titles(), [words('try.title'), words('try.changed')]);
        // What cannot be tried can be reached all the same, and says why.
        await tryButton(1).press('Enter');
        assert.equal(plain(await answer(1).innerText()), words('try.changed'));
        assert.equal(await answer(1).locator('[data-trial]').count(), 0);
        await line.fill('27');
        assert.deepEqual(await titles(), [words('try.title'), words('try.title')]);
        await row(1).locator('.factory-board-activeLow').check();
        await row(0).locator('.factory-board-id').fill('other');
        assert.deepEqual(await titles(), [words('try.notDeployed'), words('try.changed')]);
      });

      it('shows the header of a Raspberry Pi, with who has which line', async () => {
        await openReal();
        const header = editor.page.locator('#factory-board-header');
        const pin = (line: number): Locator => header.locator(`button[data-line="${line}"]`);
        const status = (line: number): Promise<string | null> => pin(line).getAttribute('title');
        await pin(8).and(editor.page.locator('[data-look="held"]')).waitFor();
        assert.equal(await header.locator('button').count(), 28);
        assert.equal(await status(8), `${words('header.held', { holder: 'spi0 CS0' })} · SPI0 CE0`);
        assert.match(
          (await status(4))!,
          new RegExp(words('header.held', { holder: words('header.kernel') })),
        );
        assert.equal(await status(17), words('header.own', { relay: 'relay1' }));
        assert.equal(await status(5), words('header.free'));
        assert.match(
          (await pin(17).getAttribute('aria-label'))!,
          new RegExp(`GPIO17, ${words('header.pin', { pin: 11 })}`),
        );
        await header.scrollIntoViewIfNeeded();
        await fits(header);
        await picture('header', header);
      });

      it('puts a line of the header into the row that was last at hand, by keyboard too', async () => {
        await openReal();
        const header = editor.page.locator('#factory-board-header');
        const note = header.locator('[role="status"]');
        const pin = (line: number): Locator => header.locator(`button[data-line="${line}"]`);
        const line = row(1).locator('.factory-board-line');
        await row(1).locator('.factory-board-name').focus();
        await pin(8).and(editor.page.locator('[data-look="held"]')).waitFor();
        assert.equal(await note.innerText(), words('header.for', { relay: 'relay2' }));

        await pin(17).click();
        assert.equal(await note.innerText(), words('header.taken', { line: 17, relay: 'relay1' }));
        assert.equal(await line.inputValue(), '27');

        await pin(8).click();
        assert.equal(await note.innerText(), words('header.sure', { line: 8, holder: 'spi0 CS0' }));
        assert.equal(await line.inputValue(), '27');
        await pin(8).click();
        assert.equal(await line.inputValue(), '8');
        assert.equal(await note.innerText(), words('header.set', { line: 8, relay: 'relay2' }));

        // What this very board has it can have again.
        assert.equal(await pin(27).getAttribute('title'), words('header.ours'));
        // From pin 24 (GPIO8) up to 22 (GPIO25), and past 20, which is ground, to 18 (GPIO24).
        await pin(8).press('ArrowUp');
        await header.locator('button[data-line="25"]:focus').press('ArrowUp');
        await header.locator('button[data-line="24"]:focus').press('Enter');
        assert.equal(await line.inputValue(), '24');
        assert.equal(await pin(24).getAttribute('aria-pressed'), 'true');
        assert.equal(await header.locator('button[tabindex="0"]').count(), 1);
        const boot = editor.page.locator('#factory-board-boot');
        assert.match(await boot.innerText(), /gpio=17,24,22=op,dl/);
      });

      it('keeps the header folded where the chip is another one', async () => {
        await editor.openDialog(BOARD);
        const header = editor.page.locator('#factory-board-header');
        assert.equal(await header.isVisible(), false);
        await editor.page.locator('#node-config-input-driver').selectOption('chardev');
        await editor.page.locator('#node-config-input-chip').fill('pcf8574');
        await header.waitFor();
        assert.equal(await header.getAttribute('open'), null);
        await header.locator('summary').press('Enter');
        assert.equal(await header.locator('button').first().isVisible(), true);
        assert.match(
          (await header.locator('button').first().getAttribute('title'))!,
          new RegExp(words('header.unknown')),
        );
      });

      it('says what a crash does to the outputs, as this machine is set', async () => {
        await openReal();
        const section = editor.page.locator('#factory-board-crash');
        await section.locator('summary').press('Enter');
        await section.locator('li').first().waitFor();
        const said = await section.locator('li').allInnerTexts();
        const watchdog = { name: 'Broadcom BCM2835 Watchdog timer', seconds: 15 };
        assert.deepEqual(said.map(plain), [
          words('crash.release.keeps'),
          words('crash.strict'),
          words('crash.restarts', { unit: 'nodered.service', restart: 'on-failure' }),
          words('crash.panicNever'),
          words('crash.oopsGoesOn'),
          words('crash.watchdogRuns', watchdog),
          words('crash.reset'),
          words('crash.powerOff'),
        ]);
        await section.scrollIntoViewIfNeeded();
        await fits(section);
        await picture('crash', section);
      });

      it('says of a crash what is true here, for whatever chip is named', async () => {
        await editor.openDialog(BOARD);
        const section = editor.page.locator('#factory-board-crash');
        assert.equal(await section.isVisible(), false, 'a simulated board has nothing to lose');
        const answered = editor.page.waitForResponse((response) => response.url().includes('chip=pcf8574'));
        await editor.page.locator('#node-config-input-driver').selectOption('chardev');
        await editor.page.locator('#node-config-input-chip').fill('pcf8574');
        const facts = (await (await answered).json()) as CrashFacts & { label: string };
        assert.deepEqual([facts.label, facts.release], ['pcf8574', 'chip']);
        await section.locator('summary').click();
        await section.locator('li', { hasText: words('crash.release.chip') }).waitFor();
      });

      it('fits a narrow tray', async () => {
        await openReal();
        const tray = editor.page.locator('.red-ui-tray').last();
        // As a person makes it with the mouse, without the width that the editor holds it open at.
        await tray.evaluate((element) => {
          element.style.width = '400px';
          element.querySelector<HTMLElement>('.red-ui-tray-body')!.style.minWidth = '0';
        });
        const section = editor.page.locator('#factory-board-crash');
        await section.locator('summary').click();
        await section.locator('li').first().waitFor();
        await tryButton(0).press('Enter');
        assert.equal(plain(await answer(0).innerText()), words('try.changed'));
        const header = editor.page.locator('#factory-board-header');
        await header.locator('button[data-look="held"]').first().waitFor();
        for (const part of [section, header, row(0).locator('.factory-board-trial')]) {
          const { width } = (await part.boundingBox())!;
          assert.ok(width < 400, `${width} px`);
          await fits(part);
        }
        await picture('narrow', editor.page.locator('#node-config-dialog-edit-form'));
      });
    });
  }
});
