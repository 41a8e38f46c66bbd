import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { listen, PATIENCE } from '../../scripts/start/listen.ts';

describe('a server’s patience', () => {
  it('ends connections that say nothing, or half of something, and no others', async () => {
    // A hundredth of it, so that nobody waits.
    const [headersTimeout, requestTimeout, connectionsCheckingInterval] = [
      PATIENCE.headersTimeout,
      PATIENCE.requestTimeout,
      PATIENCE.connectionsCheckingInterval,
    ].map((ms) => ms / 100);
    const options = { headersTimeout, requestTimeout, connectionsCheckingInterval } as Partial<
      typeof PATIENCE
    >;
    const server = createServer(options, (_request, response) => response.end('here'));
    const port = await listen(server, '127.0.0.1', 0);
    const slow = ['', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '].map((said) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => socket.destroy()).resume();
      socket.write(said);
      return once(socket, 'close');
    });
    await Promise.all(slow);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), 'here');
    server.closeAllConnections();
    server.close();
  });
});
