/** Connections that begin and go no further, by the thousand. */
import assert from 'node:assert/strict';
import { connect } from '../integration/clients.ts';
import { tell, holdOpen } from './bytes.ts';
import type { Hall } from './hall.ts';

const PATH = '/socket.io/?EIO=4&transport=';
const UPGRADE =
  `GET ${PATH}websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

export function openHalf(hall: () => Hall, times: number): void {
  const comesIn = async (): Promise<void> => {
    for (const transport of ['websocket', 'polling'] as const) {
      const client = await connect(hall().red.url, transport, { auth: { token: hall().tokens.viewer } });
      client.close();
    }
  };

  for (const [what, said] of [
    ['connections that say nothing', ''],
    ['requests without an end', 'GET /api/relays HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '],
    [
      'bodies that do not come',
      'POST /factory-iot/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{',
    ],
    ['WebSockets that never join', UPGRADE],
  ] as const) {
    it(`works beside ${what}`, async () => {
      const sockets = await holdOpen(hall().port, 200 * times, said);
      await comesIn();
      for (const socket of sockets) socket.destroy();
    });
  }

  it('works beside polling handshakes that never join, of one address and of many', async () => {
    for (let index = 0; index < 300 * times; index++) {
      const from = index % 2 ? '127.0.0.9' : `127.0.2.${1 + (Math.floor(index / 2) % 250)}`;
      const { status } = await tell(hall().port, `${PATH}polling`, { from });
      assert.equal(status, 200);
    }
    await comesIn();
  });
}
