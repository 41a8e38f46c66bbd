/** Events without end, by who may look only and by who is nobody. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, open } from '../integration/clients.ts';
import { rawSocket } from '../lib/live/serving.ts';
import type { Hall } from './hall.ts';

const SWITCH = { relay: 'relay2', action: 'on' };

export function floodSockets(hall: () => Hall, times: number): void {
  it('moves nothing for a viewer who sends without end', async () => {
    const viewer = await connect(hall().red.url, 'websocket', { auth: { token: hall().tokens.viewer } });
    const answers = new Set<unknown>();
    viewer.socket.on('refused', ({ code }: { code: string }) => answers.add(code));
    for (let index = 0; index < 2000 * times; index++) {
      viewer.socket.emit('command', SWITCH);
      viewer.socket.emit(`own ${index}`, { index });
      viewer.socket.emit('request_relays');
      if (index % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (answers.size === 0) await viewer.next('refused');
    assert.ok(answers.has('limit') || answers.has('forbidden'));
    viewer.close();
  });

  it('moves nothing for who sends before joining, and closes', async () => {
    const send = async (): Promise<void> => {
      const socket = await rawSocket(hall().port);
      await socket.heard('sid');
      for (let event = 0; event < 200; event++) socket.send(`42["command",${JSON.stringify(SWITCH)}]`);
      await socket.closed();
    };
    for (let time = 0; time < times; time++) await Promise.all(Array.from({ length: 10 }, send));
  });

  it('takes no prototype from events or from who joins', async () => {
    const polluted =
      '{"__proto__":{"polluted":1,"role":"engineer"},"constructor":{"prototype":{"polluted":1}}}';
    const viewer = await connect(hall().red.url, 'websocket', {
      auth: { ...(JSON.parse(polluted) as object), token: hall().tokens.viewer },
    });
    for (const event of ['command', '__proto__', 'constructor']) {
      viewer.socket.emit(event, JSON.parse(polluted));
      viewer.socket.emit(event, JSON.parse(`{"relay":"__proto__","action":"on","__proto__":${polluted}}`));
    }
    const answer = (await viewer.socket.timeout(5000).emitWithAck('command', {
      ...SWITCH,
      ...(JSON.parse(polluted) as object),
    })) as { code: string };
    assert.equal(answer.code, 'forbidden');
    viewer.close();
    const auth = JSON.parse(`{"__proto__":{"token":"${hall().tokens.viewer}"}}`) as object;
    const stranger = open(hall().red.url, { transports: ['websocket'], reconnection: false, auth });
    await once(stranger.socket as never, 'connect_error');
    stranger.close();
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
}
