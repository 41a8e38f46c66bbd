import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { open, TRANSPORTS, type Client } from '../../integration/clients.ts';
import { raw, rawSocket, serve, type Serving, type ServingOptions } from './serving.ts';

describe('admission', function () {
  this.timeout(20_000);
  let serving: Serving;
  const start = async (options?: ServingOptions): Promise<Serving> => (serving = await serve(options));
  afterEach(() => serving.stop());

  it('lets in as many clients as are set, however they ask', async () => {
    const { port, url, live, join, next } = await start({ maxClients: 2 });
    await join('websocket');
    await join('polling');
    const refused = next('refused');
    const third = open(url, { transports: ['websocket'], reconnection: false });
    await once(third.socket as never, 'connect_error');
    third.close();
    assert.equal((await refused).code, 'limit');
    for (const sid of ['', '&sid=', '&sid=1&sid=', '#&sid=1']) {
      const { status, text } = await raw(port, `/socket.io/?EIO=4&transport=polling${sid}`);
      assert.equal(status, 503, sid);
      assert.equal((JSON.parse(text) as { code: unknown }).code, 'limit');
    }
    assert.equal((await raw(port, '/socket.io/?EIO=4&transport=polling&sid=made-up')).status, 400);
    assert.equal(live.count, 2);
  });

  it('lets in as many of one address as are set, and says so to the next', async () => {
    const { port, live, join } = await start({ maxPerAddress: 2 });
    const clients = [await join('websocket'), await join('polling')];
    const ask = (host: number): ReturnType<typeof raw> =>
      raw(port, '/socket.io/?EIO=4&transport=polling', { localAddress: `127.0.0.${host}` });
    const { status, text } = await ask(1);
    const { code, reason } = JSON.parse(text) as Record<string, string>;
    assert.deepEqual([status, code], [503, 'limit']);
    assert.match(reason!, /^2 clients of this address are connected already/);
    assert.equal((await ask(2)).status, 200);
    const before = live.connections;
    clients[0]!.close();
    while (live.connections === before) await delay(5);
    assert.equal((await ask(1)).status, 200);
  });

  it('lets in no more of one address where many who wait join at once, and nobody is in their way who only waits', async () => {
    const { port, live, next } = await start({ maxPerAddress: 2 });
    const waiting = await Promise.all(Array.from({ length: 8 }, () => rawSocket(port)));
    await Promise.all(waiting.map((socket) => socket.heard('sid')));
    const refused = next('refused');
    for (const socket of waiting) socket.send('40');
    assert.equal((await refused).code, 'limit');
    await waiting[0]!.heard('connected');
    assert.equal(live.count, 2);
    for (const { socket } of waiting) socket.destroy();
  });

  it('lets in no more where many handshakes come in one packet', async () => {
    const { port, live } = await start({ maxClients: 2 });
    const many = connect(port, '127.0.0.1');
    const one = 'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n';
    many.write(`${`${one}\r\n`.repeat(19)}${one}Connection: close\r\n\r\n`);
    many.resume();
    await once(many, 'close');
    assert.ok(live.connections <= 2, `${live.connections} connections`);
  });

  it('opens nothing for a picture or a script in a page of another site', async () => {
    const { port, live } = await start();
    const path = '/socket.io/?EIO=4&transport=polling';
    const headers = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'script',
    };
    assert.equal((await raw(port, path, { headers })).status, 403);
    const script = await raw(port, `${path}&j=0`);
    assert.equal(script.status, 403);
    assert.match(script.text, /JSONP/);
    assert.equal(live.connections, 0);
    assert.equal((await raw(port, path)).status, 200);
  });

  it('judges origins on both transports, preflight included', async () => {
    const origin = 'http://panel.example:3000';
    const { port, join, url } = await start({ policy: { origins: [origin], open: false } });
    const path = '/socket.io/?EIO=4&transport=polling';
    const allowed = await raw(port, path, { headers: { origin } });
    assert.equal(allowed.status, 200);
    assert.equal(allowed.headers['access-control-allow-origin'], origin);
    const preflight = await raw(port, path, { method: 'OPTIONS', headers: { origin } });
    assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [204, origin]);
    for (const other of ['http://panel.example', 'https://panel.example:3000', 'null']) {
      const { status, headers, text } = await raw(port, path, { headers: { origin: other } });
      assert.deepEqual([status, headers['access-control-allow-origin']], [403, undefined]);
      assert.equal((JSON.parse(text) as { code: unknown }).code, 'forbidden');
    }
    for (const transport of TRANSPORTS) {
      await join(transport, { extraHeaders: { origin } });
      const refused = serving.next('refused');
      const stranger: Client = open(url, {
        transports: [transport],
        reconnection: false,
        extraHeaders: { origin: 'http://evil.example' },
      });
      await once(stranger.socket as never, 'connect_error');
      stranger.close();
      assert.equal((await refused).code, 'forbidden');
    }
  });
});
