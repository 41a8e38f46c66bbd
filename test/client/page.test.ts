import assert from 'node:assert/strict';
import { addressOfPage, onAwake } from '../../client/page.ts';
import { whereIs } from '../../client/where.ts';
import { becomes, Plant } from './serving.ts';

/** What a browser has and Node.js lacks, put there for one test. */
type Globals = Record<string, unknown>;
const globals = globalThis as unknown as Globals;

describe('the browser client on a page', function () {
  this.timeout(20_000);
  const window = new EventTarget();
  const document = new EventTarget();
  beforeEach(() => {
    globals['document'] = document;
    globals['addEventListener'] = window.addEventListener.bind(window);
    globals['removeEventListener'] = window.removeEventListener.bind(window);
  });
  afterEach(() => {
    for (const name of ['document', 'addEventListener', 'removeEventListener', 'location'])
      delete globals[name];
  });

  it('knows where the server is: where the page comes from, or as told', () => {
    const at = (href: string): unknown => (globals['location'] = { href, protocol: new URL(href).protocol });
    at('http://pi:1880/panel/index.html?x');
    assert.deepEqual(whereIs({}), {
      origin: 'http://pi:1880',
      path: '/socket.io',
      api: 'http://pi:1880/api',
      access: 'http://pi:1880/factory-iot',
    });
    assert.deepEqual(whereIs({ url: 'https://plant/red/', path: '/live/', api: '/v1' }), {
      origin: 'https://plant',
      path: '/red/live',
      api: 'https://plant/red/v1',
      access: 'https://plant/red/factory-iot',
    });
    at('file:///home/panel.html');
    assert.equal(addressOfPage(), undefined);
    assert.throws(() => whereIs({}), /say where the server is/);
  });

  it('wakes up when the page is shown or the network is back, until it is told not to', () => {
    let woken = 0;
    const off = onAwake(() => woken++);
    const wake = (): void => {
      document.dispatchEvent(new Event('visibilitychange'));
      window.dispatchEvent(new Event('online'));
      window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    };
    window.dispatchEvent(new Event('pageshow'));
    assert.equal(woken, 0);
    wake();
    assert.equal(woken, 3);
    off();
    wake();
    assert.equal(woken, 3);
  });

  it('tries at once when it wakes up', async () => {
    const plant = new Plant();
    await plant.start();
    await plant.halt();
    const client = plant.client({ pollEach: 60_000 });
    await becomes(client, 'offline');
    await plant.start();
    const began = performance.now();
    window.dispatchEvent(new Event('online'));
    await becomes(client, 'live');
    assert.ok(performance.now() - began < 400, 'before the next attempt of its own');
    await plant.stop();
  });
});
