import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { MAX_SCREENS, Screens } from '../../../lib/access/screens.ts';

/** A socket of node-red-dashboard: what its pages send goes through what was put in between. */
class Socket extends EventEmitter {
  readonly id: string;
  #between: (packet: unknown[], next: () => void) => void = (_packet, next) => next();

  constructor(id: string) {
    super();
    this.id = id;
  }

  use(heard: (packet: unknown[], next: () => void) => void): void {
    this.#between = heard;
  }

  send(data: unknown): unknown {
    let arrived: unknown;
    this.#between(['update-value', data], () => (arrived = data));
    return arrived;
  }
}

describe('the screens of dashboards', () => {
  let screens: Screens;
  beforeEach(() => (screens = new Screens()));

  it('are what Dashboard 2 writes, and not what a browser writes of itself to node-red-dashboard', () => {
    assert.equal(screens.of({ _client: { socketId: 's1' } }), 's1');
    for (const message of [
      {},
      { _client: null },
      { _client: { socketId: 7 } },
      { _client: { socketId: '' } },
      { socketid: 's1' },
      { socketid: undefined, _client: { socketId: 's1' } },
    ])
      assert.equal(screens.of(message), undefined, JSON.stringify(message));
  });

  it('of node-red-dashboard have the name of their socket once these are marked, whatever a page says', () => {
    const [mine, theirs] = [new Socket('mine'), new Socket('theirs')];
    for (const socket of [mine, theirs]) screens.mark(socket);
    assert.deepEqual(mine.send({ id: 'w', value: true, socketid: 'theirs' }), {
      id: 'w',
      value: true,
      socketid: 'mine',
    });
    assert.equal(mine.send('text'), 'text');
    assert.equal(screens.of({ socketid: 'mine' }), 'mine');
    assert.equal(screens.of({ socketid: 'mine', _client: { socketId: 'theirs' } }), undefined);
    mine.emit('disconnect');
    assert.equal(screens.of({ socketid: 'mine' }), undefined);
  });

  it('are forgotten with their socket, and are so many at most', () => {
    const socket = new Socket('s');
    screens.mark(socket);
    screens.bind('s', 'token:a');
    assert.equal(screens.at('s'), 'token:a');
    socket.emit('disconnect');
    assert.equal(screens.at('s'), undefined);
    for (let n = 0; n <= MAX_SCREENS; n++) screens.bind(`s${n}`, 'token:a');
    assert.deepEqual([screens.at('s0'), screens.at(`s${MAX_SCREENS}`)], [undefined, 'token:a']);
  });
});
