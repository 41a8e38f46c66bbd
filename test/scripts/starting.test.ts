import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { guardServer } from '../../nodes/gate.ts';
import { refuseWhileStarting } from '../../scripts/start/starting.ts';

describe('while Node-RED starts', () => {
  it('requests and upgrades are asked to come back, and later passed on', async () => {
    const app = express();
    const server = createServer(app);
    const passOn = refuseWhileStarting(server);
    let asked = 0;
    const guard = { stopsRequest: () => asked++ < 0, stopsUpgrade: () => asked++ < 0 };
    guardServer(server, guard);
    app.get('/', (_request, response) => void response.send('here'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;

    const early = await fetch(url);
    assert.deepEqual([early.status, early.headers.get('retry-after')], [503, '1']);
    assert.match(JSON.stringify(await early.json()), /starting/);
    const upgrade = httpRequest(url, { headers: { connection: 'Upgrade', upgrade: 'websocket' } }).end();
    const [refused] = (await once(upgrade, 'response')) as [IncomingMessage];
    assert.equal(refused.statusCode, 503);
    refused.resume();

    assert.equal(asked, 0, 'nobody else is asked before');
    passOn();
    assert.equal(await (await fetch(url)).text(), 'here');
    assert.equal(asked, 1);
    server.closeAllConnections();
    server.close();
  });
});
