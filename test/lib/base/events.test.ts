import assert from 'node:assert/strict';
import { Emitter } from '../../../lib/base/events.ts';

describe('emitter', () => {
  let errors: unknown[];
  let emitter: Emitter<{ a: number; b: string }>;
  let heard: unknown[];

  beforeEach(() => {
    errors = [];
    heard = [];
    emitter = new Emitter((error) => errors.push(error));
  });

  it('tells listeners of their event only, in the order in which they came', () => {
    emitter.on('a', (payload) => heard.push(['first', payload]));
    emitter.on('a', (payload) => heard.push(['second', payload]));
    emitter.on('b', (payload) => heard.push(payload));
    emitter.emit('a', 1);
    assert.deepEqual(heard, [
      ['first', 1],
      ['second', 1],
    ]);
  });

  it('hears the same function twice if it subscribed twice, and each leaves once', () => {
    const listener = (payload: number): void => void heard.push(payload);
    const stop = emitter.on('a', listener);
    emitter.on('a', listener);
    emitter.emit('a', 1);
    stop();
    stop();
    emitter.emit('a', 2);
    assert.deepEqual(heard, [1, 1, 2]);
    assert.deepEqual([emitter.count(), emitter.count('a'), emitter.count('b')], [1, 1, 0]);
  });

  it('is not disturbed by who comes and goes while it tells', () => {
    const stops: (() => void)[] = [];
    emitter.on('a', () => {
      for (const stop of stops) stop();
      emitter.on('a', () => heard.push('late'));
    });
    stops.push(emitter.on('a', () => heard.push('leaving')));
    emitter.emit('a', 1);
    assert.deepEqual(heard, ['leaving'], 'who was there when it happened hears it, who came later does not');
    emitter.emit('a', 2);
    assert.deepEqual(heard, ['leaving', 'late']);
  });

  it('tells the others when one listener throws', () => {
    const broken = new Error('broken');
    emitter.on('a', () => {
      throw broken;
    });
    emitter.on('a', (payload) => heard.push(payload));
    emitter.emit('a', 1);
    assert.deepEqual([heard, errors], [[1], [broken]]);
  });

  it('tells nobody without complaint', () => {
    emitter.emit('b', 'x');
    assert.deepEqual(errors, []);
  });
});
