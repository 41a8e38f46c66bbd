/** The set-up that suites of the editor share: a real Node-RED with flows in it, open in Chromium, and no error left behind by any test. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { coreFlow } from '../integration/core-flow.ts';
import { startNodeRed, type FlowNode, type NodeRed, type Version } from '../integration/harness.ts';
import type { Language } from './catalogue.ts';
import { startChromium } from './chromium.ts';
import { EditorPage } from './editor-page.ts';

export interface Opened {
  readonly browser: Browser;
  readonly red: NodeRed;
  readonly editor: EditorPage;
}

export interface InEditorOptions {
  readonly flow?: readonly FlowNode[];
  readonly language?: Language;
  readonly version?: Version;
  /** Whether an error that the page tells is meant to be there. */
  readonly isMeant?: (error: string) => boolean;
}

/** For the suite that it is called in; `opened` is told what there is before the first test. */
export function inEditor(
  { flow = coreFlow(), language = 'en-US', version, isMeant = () => false }: InEditorOptions,
  opened: (what: Opened) => unknown,
): void {
  let browser: Browser | undefined;
  let red: NodeRed | undefined;
  let editor: EditorPage;
  before(async function () {
    browser = await startChromium(this);
    red = await startNodeRed(version === undefined ? {} : { version });
    await red.deploy(flow);
    editor = await EditorPage.open(browser, red.url, language, 'factory-iot-tab');
    await opened({ browser, red, editor });
  });
  after(async () => {
    await browser?.close();
    // The pins of simulated boards are there for as long as the process is.
    await red?.deploy([]);
    await red?.stop();
  });
  afterEach(async () => {
    await editor.cancelAll();
    await editor.page.unrouteAll({ behavior: 'wait' });
    assert.deepEqual(
      editor.errors.splice(0).filter((error) => !isMeant(error)),
      [],
    );
  });
}
