import type { Locator, Page } from 'playwright-core';

/** One text that a dialog takes from its node's catalogue. */
export interface TranslatedText {
  /** Without its namespace, such as `factory-query.label`. */
  readonly key: string;
  readonly text: string;
}

/** The open dialog of a node. */
export class Dialog {
  readonly done: Locator;
  readonly form: Locator;
  readonly #page: Page;
  readonly #prefix: 'node' | 'node-config';

  constructor(page: Page, prefix: 'node' | 'node-config') {
    this.#page = page;
    this.#prefix = prefix;
    this.done = page.locator(`#${prefix}-dialog-ok`);
    this.form = page.locator(prefix === 'node' ? '#dialog-form' : '#node-config-dialog-edit-form');
  }

  /** The input of one of the node's properties. */
  field(property: string): Locator {
    return this.#page.locator(`#${this.#prefix}-input-${property}`);
  }

  /** Puts a value into a field the way a person does, so that the editor hears of it. */
  async fill(property: string, value: string | boolean): Promise<void> {
    const field = this.field(property);
    // What is folded away is unfolded first.
    await field.evaluate((element) => element.closest('details')?.setAttribute('open', ''));
    if (typeof value === 'boolean') await field.setChecked(value);
    else if ((await field.evaluate((element) => element.nodeName)) === 'SELECT')
      await field.selectOption(value);
    else await field.fill(value);
    await field.dispatchEvent('change');
  }

  /** The properties whose fields the editor marks as wrong. */
  async marked(): Promise<string[]> {
    const ids = await this.form
      .locator('.input-error')
      .evaluateAll((elements) => elements.map(({ id }) => id));
    return ids.map((id) => id.replace(`${this.#prefix}-input-`, ''));
  }

  /** Everything the dialog took from the catalogue, as it shows it. */
  translated(): Promise<TranslatedText[]> {
    return this.form.locator('[data-i18n]').evaluateAll((elements) =>
      elements.flatMap((element) =>
        (element.getAttribute('data-i18n') ?? '').split(';').map((spec) => {
          const [, attribute, key = ''] = /^(?:\[([\w-]+)\])?(?:.*:)?(.*)$/.exec(spec) ?? [];
          const inner = attribute === undefined || attribute === 'html';
          const text = inner ? element.textContent : element.getAttribute(attribute);
          return { key, text: (text ?? '').trim() };
        }),
      ),
    );
  }

  /** Every text in the dialog, whatever made it: text, options, placeholders, tooltips. */
  texts(): Promise<string[]> {
    return this.form.locator('*').evaluateAll((elements) =>
      elements.flatMap((element) => {
        const own = Array.from(element.childNodes)
          .filter((node) => node.nodeType === 3)
          .map((node) => node.textContent ?? '');
        const attributes = ['placeholder', 'title'].map((name) => element.getAttribute(name) ?? '');
        return [...own, ...attributes].map((text) => text.trim()).filter((text) => text !== '');
      }),
    );
  }

  /** Clicks Done and waits until the dialog has gone. */
  async close(): Promise<void> {
    await this.done.click();
    await this.done.waitFor({ state: 'detached' });
  }
}
