import assert from 'node:assert/strict';
import { wordsOfReason } from '../../client/ui/reasons.ts';
import { WORDS } from '../../client/ui/words.ts';
import { FakeClock } from '../../lib/base/fake-clock.ts';
import { TIME_DOUBTS } from '../../lib/base/source-time.ts';
import * as merging from '../../lib/devices/merge.ts';
import { Registry } from '../../lib/devices/registry.ts';

describe('the reason of a quality on a screen', () => {
  const clock = new FakeClock();
  const registry = new Registry(clock);
  const reasonOf = (value: number | string | null): string => registry.write({ id: 'a', value }).reason!;
  const own = { id: 'b', value: 1, attributes: { expected_interval: 2.5 } };

  it('has words in every language for each that the server gives', () => {
    registry.write(own);
    clock.advance(3750);
    const late = registry.get('b')!.reason!;
    clock.advance(3750);
    const offline = registry.get('b')!.reason!;
    const reasons = [
      ...Object.values(TIME_DOUBTS),
      merging.NO_VALUE_YET,
      merging.NOT_HEARD,
      merging.REPLAYED,
      merging.CAME_BACK,
      merging.CLOCK_WAS_AHEAD,
      ...[NaN, -Infinity, null, '', 'unavailable'].map(reasonOf),
      'of before the deploy',
      'a message says that it is offline',
      'nothing tells of it any more',
      late,
      offline,
    ];
    const words = reasons.map((reason) => wordsOfReason(reason)?.word);
    assert.ok(!words.includes(undefined), JSON.stringify(reasons[words.indexOf(undefined)]));
    for (const word of words) {
      const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();
      assert.deepEqual(places(WORDS.fa[word!]), places(WORDS.en[word!]));
    }
    assert.deepEqual(wordsOfReason(offline)?.values, { silent: '7.5', every: '2.5' });
    assert.deepEqual(wordsOfReason(reasonOf('unavailable'))?.values, { words: '"unavailable"' });
    registry.close();
  });

  it('is shown as it is where a source gave it', () => {
    assert.equal(wordsOfReason('wire broken'), undefined);
  });
});
