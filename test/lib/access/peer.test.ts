import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { peerOf } from '../../../lib/access/peer.ts';
import type { Peer } from '../../../lib/access/authorise.ts';

describe('peerOf', () => {
  const server = createServer((request, response) => {
    peers.push(peerOf(request, 'http'), peerOf(request, 'socket'));
    response.end();
  });
  const peers: Peer[] = [];
  let port: number;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  after(async () => {
    server.close();
    await once(server, 'close');
  });

  /** What a real server makes of a request with these headers. */
  async function peer(headers: Record<string, string> = {}): Promise<Peer> {
    peers.length = 0;
    const request = get({ port, host: '127.0.0.1', headers, agent: false });
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    await once(response, 'end');
    return peers[0]!;
  }

  it('tells address, host and transport of a plain request', async () => {
    const plain = {
      address: '127.0.0.1',
      host: `127.0.0.1:${port}`,
      origin: undefined,
      forwarded: false,
      crossSite: false,
    };
    assert.deepEqual(await peer(), { via: 'http', ...plain });
    assert.deepEqual(peers[1], { via: 'socket', ...plain });
  });

  it('tells host and origin as they are sent', async () => {
    const { host, origin } = await peer({ Host: 'Plant.Example:1880', Origin: 'http://localhost:3000' });
    assert.deepEqual([host, origin], ['Plant.Example:1880', 'http://localhost:3000']);
  });

  for (const header of [
    'Forwarded',
    'Via',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
    'X-Forwarded-Server',
    'X-Real-IP',
    'X-Client-IP',
    'X-Cluster-Client-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'Fastly-Client-IP',
  ]) {
    it(`sees by ${header} that a proxy passes it on, whatever it says`, async () => {
      assert.equal((await peer({ [header]: '127.0.0.1' })).forwarded, true);
      assert.equal((await peer({ [header.toUpperCase()]: '' })).forwarded, true);
    });
  }

  it('sees that a page of another site asks, but follows links from there', async () => {
    const site = (mode: string, dest: string, from = 'cross-site'): Promise<Peer> =>
      peer({ 'Sec-Fetch-Site': from, 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest });
    assert.equal((await site('no-cors', 'image')).crossSite, true);
    assert.equal((await site('navigate', 'iframe')).crossSite, true);
    assert.equal((await site('navigate', 'document')).crossSite, false);
    assert.equal((await site('no-cors', 'image', 'same-site')).crossSite, false);
  });

  it('keeps the address of the connection, not what a header claims', async () => {
    assert.equal((await peer({ 'X-Forwarded-For': '10.0.0.9' })).address, '127.0.0.1');
  });
});
