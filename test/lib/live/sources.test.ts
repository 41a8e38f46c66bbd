import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { LiveServer } from '../../../lib/live/live-server.ts';
import { LOOK_AFTER_MS, QUIET_MS, SILENT, silenced } from '../../../lib/live/sources.ts';

describe('topics whose nodes are gone', () => {
  const relay = (id: string, state = true): object => ({ id, state, verified: 'line', available: true });
  const device = (id: string): object => ({ id, value: 1, status: 'active', quality: 'good' });
  const again = { push: 'p', teller: 'c', tellsAgain: true };

  let clock: FakeClock;
  let live: LiveServer;
  beforeEach(() => {
    clock = new FakeClock();
    live = new LiveServer({ clock, policy: { origins: [], open: false } });
    live.publish('relays/r', relay('r'), again);
    live.publish('devices/d', device('d'), again);
    live.publish('devices/own', device('own'), { push: 'p' });
    live.publish('system/stats', { cpu: 1 }, { push: 'p', teller: 's' });
  });
  afterEach(() => live.close());
  const get = (topic: string): unknown => live.retained.get(topic);
  /** A deploy after which these nodes are there. */
  const deploy = (...nodes: string[]): void => live.deployed((id) => nodes.includes(id));
  const tellAgain = (): void => {
    live.publish('relays/r', relay('r'), again);
    live.publish('devices/d', device('d'), again);
  };

  it('say so: relays have no state, devices are bad, and there are no statistics', () => {
    deploy('p');
    clock.advance(LOOK_AFTER_MS);
    assert.deepEqual(get('relays/r'), {
      id: 'r',
      state: null,
      verified: null,
      available: false,
      reason: SILENT,
    });
    assert.deepEqual(get('devices/d'), {
      id: 'd',
      value: 1,
      status: 'inactive',
      quality: 'bad',
      reason: SILENT,
    });
    assert.equal(get('system/stats'), undefined);
    assert.deepEqual(get('devices/own'), device('own'), 'its push node is there');
    deploy();
    clock.advance(LOOK_AFTER_MS);
    assert.deepEqual(get('devices/own'), silenced('devices/own', device('own')));
  });

  it('are as they are told once they are told again', () => {
    deploy();
    clock.advance(LOOK_AFTER_MS);
    deploy('p', 'c', 's');
    tellAgain();
    clock.advance(LOOK_AFTER_MS + QUIET_MS);
    assert.deepEqual([get('relays/r'), get('devices/d')], [relay('r'), device('d')]);
  });

  it('are gone where their nodes come back and do not tell of them', () => {
    deploy();
    clock.advance(LOOK_AFTER_MS);
    deploy('p', 'c');
    live.publish('relays/r', relay('r'), again);
    clock.advance(LOOK_AFTER_MS + QUIET_MS);
    assert.deepEqual([get('relays/r'), get('devices/d')], [relay('r'), undefined]);
  });

  it('are not touched where another node tells of them in time', () => {
    deploy('p', 'other');
    live.publish('relays/r', relay('r'), { ...again, teller: 'other' });
    clock.advance(LOOK_AFTER_MS);
    assert.deepEqual(get('relays/r'), relay('r'));
  });

  it('are taken back where a wire is cut or a filter hides them, however much else is told', () => {
    deploy('p', 'c', 's');
    live.publish('relays/r', relay('r'), again);
    for (let ms = 0; ms < LOOK_AFTER_MS + QUIET_MS; ms += 100) {
      live.publish('relays/r', relay('r', ms % 200 === 0), again);
      clock.advance(100);
    }
    assert.equal(get('devices/d'), undefined);
    assert.ok(get('relays/r'));
    assert.deepEqual(get('system/stats'), { cpu: 1 }, 'which nobody tells again at a deploy');
    assert.equal(clock.pending, 0);
  });

  it('are waited for as long as others still come', () => {
    for (let n = 0; n < 5; n++) live.publish(`devices/n${n}`, device(`n${n}`), again);
    deploy('p', 'c', 's');
    tellAgain();
    for (let n = 0; n < 5; n++) {
      clock.advance(QUIET_MS - 1000);
      live.publish(`devices/n${n}`, device(`n${n}`), again);
    }
    clock.advance(QUIET_MS);
    assert.equal(live.retained.under('devices/').length, 7);
    assert.equal(clock.pending, 0);
  });

  it('are remembered by the next server that has the topics', async () => {
    const next = new LiveServer({ clock, policy: { origins: [], open: false }, retained: live.retained });
    next.deployed(() => false);
    clock.advance(LOOK_AFTER_MS);
    assert.deepEqual(next.retained.get('relays/r'), silenced('relays/r', relay('r')));
    await next.close();
  });

  it('that are told the same once more are no news', () => {
    const { seq } = live.retained;
    tellAgain();
    assert.equal(live.retained.seq, seq);
    live.publish('relays/r', relay('r', false), again);
    assert.equal(live.retained.seq, seq + 1);
  });

  it('can be any record that a flow made', () => {
    for (const record of [null, undefined, 5]) assert.equal(silenced('relays/x', record), null);
    assert.deepEqual(silenced('devices/x', { status: 'error' }), {
      status: 'error',
      quality: 'bad',
      reason: SILENT,
    });
  });
});
