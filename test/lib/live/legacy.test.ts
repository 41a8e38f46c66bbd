import assert from 'node:assert/strict';
import { deviceList, relayMap, stats } from '../../../lib/live/legacy.ts';
import { RetainedTopics } from '../../../lib/live/retained.ts';

function retainedOf(topics: [string, unknown][]): RetainedTopics {
  const retained = new RetainedTopics();
  for (const [topic, payload] of topics) retained.set(topic, payload);
  return retained;
}

describe("the contract's lists", () => {
  it('tell all devices with their number and the time', () => {
    const retained = retainedOf([
      ['devices/b', { id: 'b' }],
      ['devices/a', { id: 'a' }],
      ['relays/r', { id: 'r', state: true }],
    ]);
    assert.deepEqual(deviceList(retained, 0), {
      devices: [{ id: 'b' }, { id: 'a' }],
      count: 2,
      timestamp: '1970-01-01T00:00:00.000Z',
    });
  });

  it('tell an empty list where there is no device', () => {
    assert.deepEqual(deviceList(new RetainedTopics(), 0).devices, []);
  });

  it('tell the state of each relay, and leave out those that have none', () => {
    const retained = retainedOf([
      ['relays/relay2', { id: 'relay2', state: false }],
      ['relays/relay1', { id: 'relay1', state: true }],
      ['relays/relay9', { id: 'relay9', state: null, reason: 'no such chip' }],
    ]);
    assert.equal(
      JSON.stringify(relayMap(retained)),
      JSON.stringify({ relays: { relay2: false, relay1: true }, info: retained.under('relays/') }),
    );
  });

  it('tell why where no relay is available, each reason once', () => {
    const retained = retainedOf([
      ['relays/1', { id: '1', state: null, reason: 'no such chip' }],
      ['relays/2', { id: '2', state: null, reason: 'no such chip' }],
      ['relays/3', { id: '3', state: null, reason: 'line is in use' }],
    ]);
    assert.deepEqual(relayMap(retained), {
      error: 'relays are not available: no such chip; line is in use',
      info: retained.under('relays/'),
    });
  });

  it('tell that no board runs where there is no relay', () => {
    assert.deepEqual(relayMap(new RetainedTopics()), {
      error: 'relays are not available: no relay board is running',
      info: [],
    });
  });

  it('take relays of hostile names for relays like any other', () => {
    const map = relayMap(retainedOf([['relays/__proto__', { id: '__proto__', state: true }]]));
    assert.equal(
      JSON.stringify(map),
      '{"relays":{"__proto__":true},"info":[{"id":"__proto__","state":true}]}',
    );
    assert.equal(({} as Record<string, unknown>)['state'], undefined);
  });

  it('take no harm from what is no relay', () => {
    const odd: [string, unknown][] = [
      true,
      'on',
      [],
      {},
      { id: 5, state: true },
      { id: 'x', state: 'on' },
    ].map((payload, index) => [`relays/${index}`, payload]);
    const map = relayMap(retainedOf(odd));
    assert.ok('error' in map);
    assert.deepEqual(map.info, [{ id: 'x', state: 'on' }], 'all that names itself a relay');
  });

  it('tell the last statistics, and nothing before the first', () => {
    assert.equal(stats(new RetainedTopics()), undefined);
    assert.deepEqual(stats(retainedOf([['system/stats', { cpu: 1 }]])), { cpu: 1 });
  });
});
