/** The Node-RED editor as a person has it in front of them. */
import type { Browser, Locator, Page } from 'playwright-core';
import { Dialog } from './dialog.ts';

/** What the tests use of the editor's global object. */
interface EditorGlobals {
  RED: {
    nodes: {
      node(id: string): EditorNode | null;
      getType(type: string): { category: string };
      createExportableNodeSet(nodes: (EditorNode | null)[]): Record<string, unknown>[];
    };
    editor: {
      edit(node: EditorNode): void;
      editConfig(name: string, type: string, id: string): void;
    };
    sidebar: { help: { show(type: string): void } };
  };
}

interface EditorNode {
  readonly id: string;
  readonly type: string;
  readonly valid: boolean;
  readonly changed?: boolean;
  readonly validationErrors?: string[];
}

export class EditorPage {
  readonly page: Page;
  /** Errors on the console, uncaught ones, and requests that were answered with an error. */
  readonly errors: string[] = [];

  private constructor(page: Page, url: string) {
    this.page = page;
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      // What the editor itself wants from the internet is not there in a test.
      const from = message.location().url;
      if (message.type() === 'error' && from.startsWith(url)) this.errors.push(`${from}: ${message.text()}`);
    });
    page.on('pageerror', (error) => void this.errors.push(`uncaught: ${error.stack ?? error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 400) this.errors.push(`${response.status()} ${response.url()}`);
    });
  }

  /** Opens the editor as a browser set to this language does, and waits until the flow of this tab is drawn. */
  static async open(browser: Browser, url: string, locale: string, tab: string): Promise<EditorPage> {
    const context = await browser.newContext({ locale, viewport: { width: 1600, height: 1000 } });
    // The editor starts a timer for its tips before it has asked for the keys, and makes their box after that: on a
    // slow machine the timer is first, and fails. So no tips.
    const settings = { editor: { view: { 'view-show-tips': false } } };
    await context.request.post(`${url}/editor/settings/user`, { data: settings });
    const editor = new EditorPage(await context.newPage(), url);
    await editor.page.goto(`${url}/editor/#flow/${tab}`);
    await editor.page.locator('.red-ui-flow-node-group').first().waitFor({ timeout: 30_000 });
    await editor.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
    return editor;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Opens a node's dialog, as a double click or the pencil beside a config node does. */
  async openDialog(id: string): Promise<Dialog> {
    const isConfig = await this.page.evaluate((nodeId) => {
      const { RED } = globalThis as unknown as EditorGlobals;
      const node = RED.nodes.node(nodeId);
      if (!node) throw new Error(`no node ${nodeId} in the editor`);
      const config = RED.nodes.getType(node.type).category === 'config';
      if (config) RED.editor.editConfig('', node.type, node.id);
      else RED.editor.edit(node);
      return config;
    }, id);
    const dialog = new Dialog(this.page, isConfig ? 'node-config' : 'node');
    // The editor puts the cursor into the first field a while after it shows the dialog; a key pressed by
    // then would go there.
    await this.page.locator('.red-ui-tray :focus').waitFor({ state: 'attached' });
    return dialog;
  }

  /** Leaves every dialog that is still open, so that a test that failed does not fail the next one. */
  async cancelAll(): Promise<void> {
    const cancel = this.page.locator('#node-dialog-cancel, #node-config-dialog-cancel');
    while ((await cancel.count()) > 0) {
      const last = cancel.last();
      await last.click();
      await last.waitFor({ state: 'detached' });
    }
  }

  /** A node's settings as a deploy would send them, without its place on the canvas. */
  settings(id: string): Promise<Record<string, unknown>> {
    return this.page.evaluate((nodeId) => {
      const { nodes } = (globalThis as unknown as EditorGlobals).RED;
      const [exported] = nodes.createExportableNodeSet([nodes.node(nodeId)]);
      // A longer label makes a node wider, which moves its middle.
      const { x: _x, y: _y, ...settings } = exported!;
      return settings;
    }, id);
  }

  /** What the editor thinks of a node: is it changed, is it valid, and what it says where not. */
  judgement(id: string): Promise<{ changed: boolean; valid: boolean; errors: string[] }> {
    return this.page.evaluate((nodeId) => {
      const node = (globalThis as unknown as EditorGlobals).RED.nodes.node(nodeId)!;
      return { changed: node.changed ?? false, valid: node.valid, errors: node.validationErrors ?? [] };
    }, id);
  }

  /** The red triangle on a node; config nodes are on no canvas. */
  errorBadge(id: string): Locator {
    return this.page.locator(`[id="${id}"] .red-ui-flow-node-error`);
  }

  /** The help of a node type, shown in the sidebar. */
  async help(type: string): Promise<Locator> {
    await this.page.evaluate((name) => {
      (globalThis as unknown as EditorGlobals).RED.sidebar.help.show(name);
    }, type);
    return this.page.locator('.red-ui-help .red-ui-help');
  }

  /** The address of a palette node's picture. */
  async iconOf(node: Locator): Promise<string> {
    const image = await node.locator('.red-ui-palette-icon').evaluate((element) => {
      const style = element.ownerDocument.defaultView?.getComputedStyle(element).backgroundImage;
      return style ?? '';
    });
    const [, url = ''] = /^url\("(.*)"\)$/.exec(image) ?? [];
    return url;
  }

  paletteNode(type: string): Locator {
    return this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  }
}
