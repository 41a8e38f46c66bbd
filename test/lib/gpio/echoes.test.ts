import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { Echoes } from '../../../lib/gpio/echoes.ts';

describe('echoes of what was published', () => {
  let clock: FakeClock;
  let echoes: Echoes;
  beforeEach(() => {
    clock = new FakeClock();
    echoes = new Echoes(clock);
  });

  it('come once for each publication, on its topic, with its payload', () => {
    echoes.published({ topic: 'x/relay', payload: 'ON' }, 2000);
    assert.equal(echoes.isEcho({ topic: 'x/other', payload: 'ON' }), false);
    assert.equal(echoes.isEcho({ topic: 'x/relay', payload: 'OFF' }), false);
    assert.equal(echoes.isEcho({ topic: 'x/relay', payload: 'ON' }), true);
    assert.equal(echoes.isEcho({ topic: 'x/relay', payload: 'ON' }), false, 'the second one is an answer');
    echoes.published({ topic: 'x/relay', payload: 'ON' }, 2000);
    echoes.published({ topic: 'x/relay', payload: 'ON' }, 2000);
    assert.equal(echoes.isEcho({ topic: 'x/relay', payload: 'ON' }), true);
    assert.equal(echoes.isEcho({ topic: 'x/relay', payload: 'ON' }), true);
  });

  it('come as the broker’s nodes read them: a number, a truth value, an array of text', () => {
    for (const [sent, came] of [
      [true, 'true'],
      [1, '1'],
      ['1', 1],
      [[true, false], '[true,false]'],
      ['', ''],
    ] as const) {
      echoes.published({ topic: 't', payload: sent }, 2000);
      assert.equal(echoes.isEcho({ topic: 't', payload: came }), true, JSON.stringify(sent));
    }
  });

  it('are not waited for longer than an answer', () => {
    echoes.published({ topic: 't', payload: 'ON' }, 2000);
    clock.advance(2001);
    assert.equal(echoes.isEcho({ topic: 't', payload: 'ON' }), false);
  });
});
