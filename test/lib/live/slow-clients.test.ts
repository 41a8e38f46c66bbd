import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { MAX_BURST_PACKETS, MAX_QUEUED_LENGTH, SLOW_AFTER_MS } from '../../../lib/live/session.ts';
import type { Client } from '../../integration/clients.ts';
import { rawSocket, serve, type RawSocket, type Serving, type ServingOptions } from './serving.ts';

describe('slow clients', function () {
  this.timeout(20_000);
  let serving: Serving;
  const start = async (options?: ServingOptions): Promise<Serving> => (serving = await serve(options));
  afterEach(() => serving.stop());

  describe('a client that stopped reading', () => {
    let reader: Client;
    let slow: RawSocket;
    let session: string;
    const clock = new FakeClock();
    beforeEach(async () => {
      const { port, live, join, next } = await start({ clock });
      reader = await join('websocket');
      slow = await rawSocket(port);
      const came = next('connect');
      await slow.heard('sid');
      slow.send('40');
      ({ session } = await came);
      await slow.heard('connected');
      slow.socket.pause();
      // More than the system's own buffers take, so that the engine begins to hold packets back.
      for (let index = 0; index < 300 && live.backlog(session) < 3; index++) {
        const heard = reader.next('filler');
        live.publish('filler', 'x'.repeat(200_000));
        await heard;
      }
      assert.ok(live.backlog(session) >= 3, 'the engine holds packets back');
    });
    afterEach(() => slow.socket.destroy());

    it('has no state queued, and gets the last one as soon as it reads on', async () => {
      const { live } = serving;
      const before = live.backlog(session);
      for (let index = 0; index <= 2000; index++) live.publish('system/stats', { index });
      assert.equal(live.backlog(session), before);
      slow.socket.resume();
      const heard = await slow.heard('{"index":2000}');
      assert.ok(!heard.includes('{"index":1000}'), 'what was overtaken is not sent');
    });

    it('is dropped above the limit of packets, and nobody else is', async () => {
      const { live, next } = serving;
      const went = next('disconnect');
      const last = reader.next('own', (index) => (index as unknown) === 1000);
      for (let index = 0; index <= 1000; index++) live.publish('own', index);
      await last;
      clock.advance(SLOW_AFTER_MS);
      live.publish('own', 'one more');
      assert.equal((await went).session, session);
      assert.equal(live.count, 1);
    });

    it('is dropped where a few packets are too much to keep', async () => {
      const { live, next } = serving;
      clock.advance(SLOW_AFTER_MS);
      const went = next('disconnect');
      const last = reader.next('large', (payload) => (payload as unknown as [number])[0] === 9);
      for (let index = 0; index < 10; index++)
        live.publish('large', [index, 'x'.repeat(MAX_QUEUED_LENGTH / 8)]);
      assert.equal((await went).session, session);
      await last;
      assert.equal(live.count, 1);
    });
  });

  it('takes nobody for slow who had nothing to read before a burst', async () => {
    const clock = new FakeClock();
    const { live, join } = await start({ clock });
    const client = await join('websocket');
    clock.advance(10 * SLOW_AFTER_MS);
    const last = client.next('own', (index) => (index as unknown) === 2000);
    for (let index = 0; index <= 2000; index++) live.publish('own', index);
    await last;
    assert.ok(client.socket.connected);
  });

  it('takes a burst of a flow for no slowness of its clients, up to a limit', async () => {
    const { live, join, next } = await start();
    const client = await join('websocket');
    const last = client.next('own', (index) => (index as unknown) === 4999);
    for (let index = 0; index < 5000; index++) live.publish('own', index);
    await last;
    const went = next('disconnect');
    for (let index = 0; index <= MAX_BURST_PACKETS + 1; index++) live.publish('own', index);
    await went;
  });
});
