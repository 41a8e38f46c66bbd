/** The first relay's switch on a page of a dashboard: clicked, watched, and what became of each click. */
import type { Page } from 'playwright-core';

/** Which way it went and when, by the clock of this machine, milliseconds. */
export type Seen = { on: boolean; at: number }[];

/** Notes each change of the first relay's switch at the moment that it is in the page. */
export async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const noted: { on: boolean; at: number }[] = [];
    Object.assign(globalThis, { noted });
    const cards = document.querySelector('factory-relays')?.shadowRoot;
    const native = document.querySelector('.nrdb-ui-switch, .nr-dashboard-switch');
    const isOn = (): boolean => {
      const card = cards?.querySelector('[data-relay=relay1] [role=switch]');
      const input = native?.querySelector('input');
      const one = card ?? native?.querySelector('md-switch');
      return input ? input.checked : one?.getAttribute('aria-checked') === 'true';
    };
    let last = isOn();
    const look = (): void => {
      const on = isOn();
      if (on !== last) noted.push({ on, at: performance.timeOrigin + performance.now() });
      last = on;
    };
    new MutationObserver(look).observe(cards ?? native!, {
      attributes: true,
      childList: true,
      subtree: true,
    });
  });
}

export function seen(page: Page): Promise<Seen> {
  return page.evaluate(() => (globalThis as unknown as { noted: Seen }).noted);
}

/** Clicks once it can be clicked, which is not while its last command waits for its answer. Which way that is, and when it was. */
export function clickCard(page: Page): Promise<Seen[number]> {
  return page.evaluate(async () => {
    const card = document.querySelector('factory-relays')?.shadowRoot;
    const button = card?.querySelector<HTMLButtonElement>('[data-relay=relay1] [role=switch]');
    if (!button) throw new Error('the page has no switch to click');
    while (button.disabled) await new Promise((resolve) => setTimeout(resolve, 5));
    const on = button.getAttribute('aria-checked') !== 'true';
    const at = performance.timeOrigin + performance.now();
    button.click();
    return { on, at };
  });
}

/** How long each click took until it was noted, milliseconds; NaN where that was not within `within`. */
export function timesUntil(clicks: Readonly<Seen>, noted: Readonly<Seen>, within = 1000): number[] {
  return clicks.map(({ on, at }) => {
    const found = noted.find((one) => one.on === on && one.at >= at && one.at < at + within);
    return found ? found.at - at : NaN;
  });
}
