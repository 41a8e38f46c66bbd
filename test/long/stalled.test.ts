import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, type Child } from './children.ts';
import type { ClientsSettings, Group, Look, Order as ClientsOrder } from './stalled-clients.ts';
import type { Order, Usage } from './stalled-server.ts';

/** What the product promises of 50 in 500. */
const MAX_GROWTH_BYTES = 50e6;
const STREAM_MS = 10_000;
const STALL_MS = 25_000;
const WITHIN_MS = 30_000;

const ALL = 'devices/*';
/** A screen of one hall: ten of the devices. */
const HALL = 'devices/d00*';
const OWN = 'slow, with events of their own';
/** What those who stop reading would be told is so much that the ones who read want less, or nothing but their reading would be measured. */
const GROUPS: readonly Group[] = [
  { name: 'read a hall', count: 438, protocol: 2, topics: HALL },
  { name: 'read everything', count: 10, protocol: 2, topics: ALL },
  { name: 'read lists', count: 2, protocol: 1, topics: '' },
  { name: 'silent', count: 15, protocol: 2, topics: ALL, stops: { answers: false } },
  { name: 'silent, lists', count: 5, protocol: 1, topics: '', stops: { answers: false } },
  { name: 'slow', count: 15, protocol: 2, topics: ALL, stops: { answers: true } },
  { name: 'slow, lists', count: 5, protocol: 1, topics: '', stops: { answers: true } },
  { name: OWN, count: 10, protocol: 2, topics: ALL, stops: { answers: true } },
];
const isSentAway = ({ name, stops }: Group): boolean =>
  stops !== undefined && (!stops.answers || name === OWN);
const SENT_AWAY = GROUPS.filter(isSentAway).reduce((all, { count }) => all + count, 0);
const CLIENTS = GROUPS.reduce((all, { count }) => all + count, 0);

describe('50 of 500 clients that stop reading', function () {
  this.timeout(240_000);
  let server: Child;
  let clients: Child;
  const usage = (order: Order = { do: 'usage' }): Promise<Usage> => server.ask(order);
  const tell = (order: ClientsOrder): Promise<unknown> => clients.ask(order);
  const look = async (): Promise<ReadonlyMap<string, Look>> =>
    new Map((await clients.ask<Look[]>('look')).map((one) => [one.name, one]));

  /** What the server has used until it has so many clients. */
  async function thereAre(count: number): Promise<Usage> {
    const limit = Date.now() + WITHIN_MS;
    let now = await usage();
    let { held, rss } = now;
    while (now.clients !== count) {
      if (Date.now() > limit) assert.fail(`${now.clients} clients, not ${count}`);
      await delay(50);
      now = await usage();
      held = Math.max(held, now.held);
      rss = Math.max(rss, now.rss);
    }
    return { ...now, held, rss };
  }

  before(async () => {
    let port: { port: number };
    [server, port] = await startChild<typeof port>('stalled-server.ts', {});
    [clients] = await startChild('stalled-clients.ts', {
      ...port,
      groups: GROUPS,
    } satisfies ClientsSettings);
  });
  after(async () => {
    await clients?.kill();
    await server?.kill();
  });

  it('cost the server less than 50 MB and the others nothing, and are where the others are once they read on', async () => {
    const addressed = (await look()).get(OWN)!.sessions;
    await usage({ do: 'own', sessions: addressed });
    await delay(STREAM_MS);
    await usage();
    await look();
    await delay(STREAM_MS);
    const calm = { usage: await usage(), look: await look() };
    assert.equal(calm.usage.clients, CLIENTS);

    await tell('stop');
    // What had arrived already is still read.
    await delay(500);
    await look();
    await delay(STALL_MS);
    // Who says nothing is taken for gone, and who has had too many events is sent away; who is merely slow is not.
    const stalled = { usage: await thereAre(CLIENTS - SENT_AWAY), look: await look() };
    for (const { name } of GROUPS.filter((group) => group.stops && !isSentAway(group)))
      assert.deepEqual(stalled.look.get(name)!.updates, [0, 0], name);

    await tell('go-on');
    const begun = Date.now();
    await thereAre(CLIENTS);
    await delay(1000);
    const { values, beats } = await usage({ do: 'rest' });
    const isThere = ({ states }: Look, { topics }: Group): boolean =>
      states.length === 1 && states[0]![0] === values.slice(0, topics === HALL ? 10 : values.length).join();
    let end = await look();
    while (!GROUPS.every((group) => isThere(end.get(group.name)!, group)) && Date.now() < begun + WITHIN_MS) {
      await delay(100);
      end = await look();
    }

    const growth = stalled.usage.held - calm.usage.held;
    const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
    for (const [name, { held, rss }] of [
      ['before', calm.usage],
      ['with 50 stalled', stalled.usage],
    ] as const)
      console.log(`      ${name}: ${megabytes(held)} held, ${megabytes(rss)} in all`);
    for (const { name } of GROUPS.filter(({ stops }) => !stops)) {
      const [before, during] = [calm, stalled].map((each) => each.look.get(name)!.latency);
      console.log(
        `      ${name}: p50 ${before!.p50.toFixed(1)} ms and then ${during!.p50.toFixed(1)}, p99 ${before!.p99.toFixed(1)} and ${during!.p99.toFixed(1)}`,
      );
    }
    assert.ok(growth < MAX_GROWTH_BYTES, `${megabytes(growth)} more`);
    for (const group of GROUPS) {
      const { name, count } = group;
      const { lost, gaps, beats: heard } = end.get(name)!;
      assert.ok(isThere(end.get(name)!, group), `${name}: not where the server is`);
      assert.equal(gaps, 0, name);
      assert.equal(lost, isSentAway(group) ? count : 0, name);
      assert.deepEqual(new Set(heard), new Set([beats]), name);
    }
  });
});
