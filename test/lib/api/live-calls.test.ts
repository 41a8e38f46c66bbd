import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Answer } from '../../../lib/api/answer.ts';
import type { Context } from '../../../lib/api/call.ts';
import { handle } from '../../../lib/api/handle.ts';
import { FactoryError } from '../../../lib/base/errors.ts';
import type { Changes, Snapshot } from '../../../lib/live/protocol.ts';
import type { RetainedTopics } from '../../../lib/live/retained.ts';
import type { Stream } from '../../../lib/live/stream.ts';
import type { OneRelay } from './board.ts';
import { AT, fails, PRINCIPAL, startDesk, type Desk } from './desk.ts';

describe('the live protocol over HTTP', () => {
  let desk: Desk;
  let board: OneRelay;
  let context: Context;
  let retained: RetainedTopics;
  let stream: Stream;
  beforeEach(async () => ({ board, context, retained, stream } = desk = await startDesk()));

  it('tells what changed by the cursor of the live protocol, at once or as soon as there is anything', async () => {
    retained.set('devices/a', { id: 'a' });
    const ask = (query: object): Promise<Answer> => desk.call('GET', '/v2/changes', undefined, query);
    const { epoch, seq, clock, ...first } = (await ask({})).body as Snapshot & { clock: unknown };
    assert.deepEqual(first, { kind: 'snapshot', state: [['devices/a', { id: 'a' }]], timestamp: AT });
    assert.deepEqual(
      clock,
      { now: 0, time: Date.parse(AT) },
      'so that a client can say when it issued a command',
    );
    const since = `${epoch}.${seq}`;
    assert.deepEqual(((await ask({ since })).body as Changes).changes, []);
    const waiting = ask({ since, wait: '8', topics: 'relays/*' });
    for (const topic of ['devices/a', 'relays/r']) {
      retained.set(topic, { id: 'x' });
      stream.changed(topic);
    }
    assert.deepEqual(((await ask({ since })).body as Changes).changes.length, 2);
    stream.close();
    assert.deepEqual(((await waiting).body as Changes).changes, [['relays/r', { id: 'x' }]]);
    for (const wait of ['9', '-1', 'x', ['1']]) fails(await ask({ wait }), 400, 'invalid', /0 to 8 seconds/);
    fails(await ask({ since: 'yesterday' }), 400, 'invalid');
    fails(await ask({ topics: 'x'.repeat(1000) }), 400, 'limit');
  });

  it('tells nothing to who was sent away while they waited', async () => {
    const permit = (): void => {
      throw new FactoryError('unauthenticated', 'sign in again');
    };
    const waits = { method: 'GET', path: '/v2/changes', body: undefined, principal: PRINCIPAL, permit };
    const { epoch, seq } = retained;
    const waiting = handle({ ...waits, query: { since: `${epoch}.${seq}`, wait: '8' } }, context);
    retained.set('devices/a', { id: 'a' });
    stream.changed('devices/a');
    fails(await waiting, 401, 'unauthenticated', /sign in again/);
  });

  it('gives up the place of who does not wait any more', async () => {
    const socket = new EventEmitter();
    const { epoch, seq } = retained;
    const query = { since: `${epoch}.${seq}`, wait: '8' };
    const waits = {
      method: 'GET',
      path: '/v2/changes',
      body: undefined,
      principal: PRINCIPAL,
      permit: () => {},
      query,
    };
    // Both places of one address.
    const waiting = [handle({ ...waits, socket }, context), handle({ ...waits, socket }, context)];
    assert.equal(((await handle(waits, context)).body as Changes).changes.length, 0);
    socket.emit('close');
    await Promise.all(waiting);
    assert.equal(socket.listenerCount('close'), 0);
    const next = handle(waits, context);
    retained.set('devices/a', { id: 'a' });
    stream.changed('devices/a');
    assert.equal(((await next).body as Changes).changes.length, 1);
  });

  it('takes the command of the live protocol, and answers with what became of it', async () => {
    const command = (body: unknown): Promise<Answer> => desk.post('/v2/command', body);
    const { status, body } = await command({ relay: 'relay1', action: 'toggle', id: 'one', ttl: 500 });
    const { ok, code, state, id } = body as Record<string, unknown>;
    assert.deepEqual([status, ok, code, state, id], [200, true, 'done', true, 'one']);
    assert.deepEqual([board.heard[0]!.ttl, board.heard[0]!.via], [500, 'http']);
    fails(await command({ relay: 'relay1', action: 'toggle' }), 400, 'invalid', /needs an id/);
    fails(await command({ relay: 'relay1' }), 400, 'invalid');
    fails(await command({ action: 'on' }), 400, 'invalid', /name its relay/);
    fails(await command([]), 400, 'invalid');
    fails(await command({ relay: 'none', action: 'on' }), 404, 'unknown-relay');
    const targets: unknown[] = [];
    const permit = (deed: string, target: object): void => {
      targets.push([deed, target]);
      throw new FactoryError('forbidden', 'relay1 is not among theirs');
    };
    const order = {
      method: 'POST',
      path: '/v2/command',
      body: { relay: 'relay1', action: 'on' },
      principal: PRINCIPAL,
    };
    fails(await handle({ ...order, permit }, context), 403, 'forbidden', /not among theirs/);
    assert.deepEqual(targets, [['switch', { relay: 'relay1', area: undefined }]]);
    assert.equal(board.heard.length, 1);
  });
});
