import assert from 'node:assert/strict';
import { ask, isProblem, post } from '../lib/api/web.ts';
import { deployQuiet } from '../integration/core-flow.ts';
import { startNodeRed, type NodeRed, type Version } from '../integration/harness.ts';
import { chunked, LIMIT, padded, WRONG } from '../integration/wrong-requests.ts';

/** What a Node-RED whose settings are not ours may be set to. */
const SETTINGS: { version?: Version; settings: Record<string, unknown> }[] = [
  { version: 4, settings: {} },
  { settings: { httpAdminRoot: '/' } },
  { version: 4, settings: { httpAdminRoot: '/' } },
  { settings: { httpNodeRoot: '/node' } },
  { settings: { httpNodeRoot: '/node', httpAdminRoot: '/' } },
  { settings: { apiMaxLength: '1kb' } },
  { settings: { apiMaxLength: '100mb' } },
  { settings: { apiMaxLength: '1kb', httpAdminRoot: '/' } },
  { settings: { apiMaxLength: '100mb', httpAdminRoot: '/' } },
  { settings: { httpNodeCors: { origin: '*', methods: 'GET,PUT,POST,DELETE' } } },
  { settings: { httpServerOptions: { 'case sensitive routing': true, 'jsonp callback name': 'cb' } } },
];

for (const { version = 5, settings } of SETTINGS) {
  describe(`HTTP in Node-RED ${version} with ${JSON.stringify(settings)}`, function () {
    this.timeout(30_000);
    const {
      httpNodeRoot = '',
      httpNodeCors,
      httpAdminRoot,
      apiMaxLength,
    } = settings as Record<string, string | undefined>;
    /** The editor's parser comes first then. */
    const behind = httpAdminRoot === '/';
    /** Node-RED then answers every OPTIONS that reaches it first; what follows is judged all the same. */
    const answersOptions = httpNodeCors !== undefined || (version === 4 && behind);
    let red: NodeRed;
    let api: string;
    before(async () => {
      red = await startNodeRed({ version, settings });
      api = `${red.url}${httpNodeRoot}/api`;
      await deployQuiet(red, api);
    });
    after(() => red.stop());

    it('answers all that is wrong as everywhere', async () => {
      // Where the editor's parser is set to take less, it says so of what nobody would have parsed otherwise.
      const tooMuchForIt = behind && apiMaxLength === '1kb';
      for (const { what, status, send } of WRONG) {
        if (answersOptions && what.startsWith('OPTIONS')) continue;
        const answer = await send(api);
        if (tooMuchForIt && answer.status === 413) isProblem(answer, 413);
        else assert.doesNotThrow(() => isProblem(answer, status), `${what}: ${answer.status} ${answer.text}`);
      }
    });

    it('takes bodies up to its limit', async () => {
      const limit = behind && apiMaxLength === '1kb' ? 1024 : LIMIT;
      const url = `${api}/devices/sensor_001/value`;
      assert.equal((await post(url, padded(limit))).status, 200);
      isProblem(await post(url, padded(limit + 1)), 413);
    });

    it('takes bodies in chunks, or says that it cannot', async () => {
      const small = await chunked(api, '{"value":1}');
      if (behind) isProblem(small, 411);
      else assert.equal(small.status, 200);
      const large = await chunked(api, padded(12_000_000));
      isProblem(large, behind && apiMaxLength === '100mb' ? 411 : 413);
    });

    it('is never a script, and lets no foreign page in', async () => {
      const answer = await ask(`${api}/devices?callback=x&cb=x`);
      assert.equal(answer.json()['count'], 3);
      const headers = { origin: 'https://evil.example' };
      const read = await ask(`${api}/devices`, { headers });
      isProblem(read, 403, 'forbidden');
      assert.equal(read.headers.get('access-control-allow-origin'), null);
      const json = { ...headers, 'content-type': 'application/json' };
      isProblem(
        await ask(`${api}/relays/relay1`, { method: 'POST', headers: json, body: '{"action":"on"}' }),
        403,
      );
      // Node-RED 4 with its editor at / answers all preflights itself; what follows is refused, as above.
      if (version === 4 && behind) return;
      const preflight = { ...headers, 'access-control-request-method': 'POST' };
      isProblem(await ask(`${api}/relays/relay1`, { method: 'OPTIONS', headers: preflight }), 403);
    });

    it('leaves the rest of Node-RED as it is', async () => {
      const editor = await ask(red.url + (httpAdminRoot ?? '/editor/'));
      assert.match(editor.text, /<title>Node-RED<\/title>/);
      const outside = await ask(`${red.url}/apiary`);
      assert.deepEqual([outside.status, outside.headers.get('x-content-type-options')], [404, 'nosniff']);
      assert.match(outside.headers.get('content-type')!, /html/);
    });
  });
}
