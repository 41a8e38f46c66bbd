import assert from 'node:assert/strict';
import { homePage, refusedPage, wantsPage } from '../../../lib/api/home-page.ts';

describe('the page at the home path', () => {
  const surroundings = { api: '/api', socket: '/socket.io', nodeRed: '5', editor: '/editor', dashboards: [] };
  const bodyOf = (more: object): string => String(homePage({ ...surroundings, ...more }).body);

  it('links to what there is, and says what there is not', () => {
    const body = bodyOf({ dashboards: [{ dashboard: 1, path: '/ui' }] });
    assert.match(body, /href="\/ui">Dashboard 1/);
    assert.match(body, /href="\/ui">داشبورد ۱/);
    assert.match(body, /href="\/editor"/);
    assert.doesNotMatch(body, /No dashboard is installed/);
    assert.match(bodyOf({}), /No dashboard is installed/);
    assert.doesNotMatch(bodyOf({ editor: undefined }), /Editor of the flows/);
  });

  it('takes nothing for markup that came from a setting or a request', () => {
    const nasty = '/a"><script>alert(1)</script>';
    assert.doesNotMatch(bodyOf({ api: nasty, socket: nasty, editor: nasty }), /<script/);
    assert.doesNotMatch(String(refusedPage(nasty).body), /<script/);
  });

  it('is for browsers alone', () => {
    assert.equal(wantsPage('text/html,application/xhtml+xml'), true);
    assert.equal(wantsPage('application/json, text/html;q=0.5'), true);
    for (const accept of [undefined, '*/*', 'application/json', 'text/htmlx'])
      assert.equal(wantsPage(accept), false);
  });
});
