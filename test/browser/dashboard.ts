/** What the tests do on a dashboard's pages, which differs between the two only in names. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

export interface Dashboard {
  readonly name: string;
  /** The page with the cards, and the one with the native widgets. */
  readonly cards: string;
  readonly widgets: string;
  /** The path of its own socket. */
  readonly socket: string;
  /** A native switch, and whether it shows that it is on. */
  nativeSwitch(page: Page, label: string): Locator;
  readonly isOn: (native: Locator) => Promise<boolean>;
  /** One of its charts, of which there are three. */
  readonly chart: string;
  /** Where it tells why a native switch was refused. */
  readonly notice: string;
  /** What it complains of by itself, on an empty page as well. */
  readonly itsOwn: RegExp;
}

export const DASHBOARDS: readonly Dashboard[] = [
  {
    name: 'node-red-dashboard',
    cards: '/ui/#!/0',
    widgets: '/ui/#!/1',
    socket: '/ui/socket.io/',
    nativeSwitch: (page, label) =>
      page.locator('.nr-dashboard-switch', { hasText: label }).locator('md-switch'),
    isOn: async (native) => (await native.getAttribute('aria-checked')) === 'true',
    chart: '.nr-dashboard-chart',
    notice: 'md-toast',
    itsOwn: /ngTouch|SideNav|loading\.html|status of 404/,
  },
  {
    name: 'Dashboard 2',
    cards: '/dashboard/plant',
    widgets: '/dashboard/widgets',
    socket: '/dashboard/socket.io/',
    nativeSwitch: (page, label) => page.locator('.nrdb-ui-switch', { hasText: label }).locator('input'),
    isOn: (native) => native.isChecked(),
    chart: '.nrdb-ui-widget.nrdb-ui-chart',
    notice: '.nrdb-ui-notification',
    itsOwn: /^$/,
  },
];

/** A way of a page to the server that can be cut, for WebSockets and polling alike. */
export interface Cable {
  cut(): Promise<void>;
  mend(): void;
}

/** Call it before the page is opened. `path` as in `/socket.io/`. */
export async function cableOf(page: Page, path: string): Promise<Cable> {
  let isCut = false;
  const ends = new Set<() => Promise<void>>();
  await page.routeWebSocket(
    (url) => url.pathname === path,
    (socket) => {
      if (isCut) {
        void socket.close();
        return;
      }
      const server = socket.connectToServer();
      ends.add(async () => {
        await server.close();
        await socket.close();
      });
    },
  );
  await page.route(
    (url) => url.pathname === path,
    (route) => (isCut ? route.abort() : route.continue()),
  );
  return {
    async cut() {
      isCut = true;
      for (const end of ends) await end();
      ends.clear();
    },
    mend: () => {
      isCut = false;
    },
  };
}

/** A page that keeps what its console said. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block', ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.setDefaultTimeout(15_000);
  return { page, complaints };
}

export const badge = (page: Page): Locator => page.locator('factory-badge .badge');
export const card = (page: Page, relay: string): Locator =>
  page.locator(`factory-relays [data-relay=${relay}]`);
export const cardSwitch = (page: Page, relay: string): Locator => card(page, relay).getByRole('switch');
export const device = (page: Page, id: string): Locator => page.locator(`factory-device [data-device=${id}]`);
