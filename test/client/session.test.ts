import assert from 'node:assert/strict';
import { FakeClock } from '../../lib/base/fake-clock.ts';
import type { SignInError } from '../../client/types.ts';
import { Guarded } from './guarded.ts';
import { becomes, device, next, Plant } from './serving.ts';

const LOOK = 'GET /factory-iot/session';

describe('the browser client where people sign in', function () {
  this.timeout(20_000);
  let plant: Guarded;
  beforeEach(async () => {
    plant = new Guarded();
    await plant.start();
  });
  afterEach(() => plant.stop());

  /** Waits until something was asked so often. */
  const asked = async (what: string, times: number): Promise<void> => {
    while (plant.count(what) < times) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('shows nothing and asks rarely until somebody signs in, and then everything at once', async () => {
    const clock = new FakeClock();
    const client = plant.client({}, clock);
    await next(client, 'session');
    assert.deepEqual([client.session, client.needsSignIn], [null, true]);
    assert.deepEqual([client.connection.state, client.connection.reason], ['offline', 'sign in first']);
    const { code, reason } = await client.command('pump1', 'on');
    assert.deepEqual([code, reason], ['unauthenticated', 'nobody is signed in, so nothing was sent']);
    // The next times: after 5 s, 10 s, 20 s, 30 s and 30 s.
    for (const [index, wait] of [5000, 10_000, 20_000, 30_000, 30_000].entries()) {
      const before = plant.asked.length;
      clock.advance(wait - 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(plant.asked.length, before, `nothing within ${wait} ms`);
      clock.advance(wait / 10 + 1);
      await asked(LOOK, index + 2);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const session = await client.signIn('omid', 'pump');
    assert.deepEqual([session.name, session.role, session.open], ['omid', 'operator', false]);
    assert.deepEqual([client.session, client.needsSignIn], [session, false]);
    await becomes(client, 'live');
    if (client.relays.size === 0) await next(client, 'relays');
    assert.equal(client.devices.get('a')?.value, 1);
    assert.equal(client.connection.reason, null);
    assert.equal(clock.pending > 0, true);
  });

  it('says why nobody could sign in', async () => {
    const client = plant.client();
    const failure = async (): Promise<SignInError> =>
      client.signIn('ada', 'wrong').then(
        () => assert.fail('signed in'),
        (error: unknown) => error as SignInError,
      );
    const wrong = await failure();
    assert.deepEqual(
      [wrong instanceof Error, wrong.code, wrong.message, wrong.retryAfter],
      [true, 'unauthenticated', 'wrong name or password', undefined],
    );
    const limit = { error: 'slowly', code: 'limit', reason: 'slowly', retry_after: 4000 };
    plant.answers.set('POST /factory-iot/session', () => [429, limit]);
    const slowed = await failure();
    assert.deepEqual([slowed.code, slowed.message, slowed.retryAfter], ['limit', 'slowly', 4000]);
    plant.answers.set('POST /factory-iot/session', () => [200, { name: 'ada' }]);
    assert.equal((await failure()).code, 'unexpected');
    await plant.stop();
    assert.equal((await failure()).code, 'unreachable');
    await plant.start();
  });

  it('uses a token that it is given, on the socket and over HTTP', async () => {
    const client = plant.client({ token: plant.token('vera') });
    await becomes(client, 'live');
    if (!client.session) await next(client, 'session');
    assert.deepEqual([client.session?.name, client.session?.role], ['vera', 'viewer']);
    plant.hasSocket = false;
    const other = plant.client({ token: plant.token('ada') });
    const { transport } = await becomes(other, 'fallback');
    assert.deepEqual([transport, other.relays.size], ['http', 3]);
    assert.deepEqual(
      [client.maySwitch('pump1'), other.maySwitch('pump1'), client.mayWrite('a'), other.mayWrite('a')],
      [false, true, false, true],
    );
  });

  it('forgets everything where the session is ended, on the socket', async () => {
    const clock = new FakeClock();
    const token = plant.token('omid');
    const client = plant.client({ token }, clock);
    await next(client, 'relays');
    let lost = 0;
    client.on('lost', () => lost++);
    const over = next(client, 'session', (session) => session === null);
    plant.revoke(token);
    await over;
    assert.deepEqual([client.devices.size, client.relays.size, client.stats], [0, 0, null]);
    assert.deepEqual(
      [client.connection.state, client.connection.reason],
      ['offline', 'the session was ended'],
    );
    assert.equal(lost, 0);
    const before = plant.asked.length;
    clock.advance(4999);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(plant.asked.length, before);
  });

  it('forgets everything where the session is ended, over HTTP', async () => {
    const token = plant.token('omid');
    plant.hasSocket = false;
    const client = plant.client({ token });
    await becomes(client, 'fallback');
    if (!client.session) await next(client, 'session');
    const over = next(client, 'session', (session) => session === null);
    plant.revoke(token);
    await over;
    assert.deepEqual([client.relays.size, client.connection.state], [0, 'offline']);
    const polls = plant.count('GET /api/devices');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(plant.count('GET /api/devices'), polls);
  });

  it('signs out: ends the session there, and shows nothing here', async () => {
    const client = plant.client();
    await client.signIn('ada', 'engine');
    await next(client, 'relays');
    const [token] = plant.tokens.keys();
    await client.signOut();
    assert.equal(plant.tokens.has(token!), false);
    assert.deepEqual([client.session, client.needsSignIn, client.relays.size], [null, true, 0]);
    // Whoever signs in next has a connection of their own, with their own token.
    await client.signIn('vera', 'look');
    await becomes(client, 'live');
    assert.match(
      plant.asked.findLast((one) => one.startsWith('socket'))!,
      /vera/,
    );
  });

  it('shows nothing that is answered only after signing out', async () => {
    const client = plant.client();
    await client.signIn('ada', 'engine');
    await next(client, 'relays');
    plant.answers.set('POST /api/devices/a/value', () => {
      void client.signOut();
      return [200, { device: device('a', 5) }];
    });
    assert.equal((await client.setValue('a', 5)).value, 5);
    assert.equal(client.devices.size, 0);
  });

  it('forgets the session where the server cannot be told of it, and says so', async () => {
    const client = plant.client();
    await client.signIn('ada', 'engine');
    await next(client, 'relays');
    plant.answers.set('DELETE /factory-iot/session', () => [503, { error: 'starting' }]);
    await assert.rejects(client.signOut(), /starting/);
    assert.deepEqual([client.session, client.relays.size], [null, 0]);
  });

  it('changes over to another person without showing a lost connection', async () => {
    const client = plant.client();
    await client.signIn('ada', 'engine');
    await next(client, 'relays');
    let lost = 0;
    client.on('lost', () => lost++);
    await client.signIn('vera', 'look');
    await becomes(client, 'live');
    assert.equal(lost, 0);
    assert.equal(await client.ticket(), 'ticket of vera');
    assert.deepEqual(Array.from(plant.tokens.values()), ['vera'], 'the session before has ended');
  });

  it('says which relays an operator may switch, by id and by area', async () => {
    const client = plant.client();
    assert.equal(client.maySwitch('pump1'), true, 'not known yet: the server says');
    await next(client, 'session');
    assert.equal(client.maySwitch('pump1'), false, 'nobody is signed in');
    await client.signIn('omid', 'pump');
    const relays = await next(client, 'relays');
    assert.deepEqual(
      ['pump1', 'fan', 'oven', 'nobody'].map((id) => client.maySwitch(id)),
      [true, true, false, false],
    );
    assert.equal(client.maySwitch(relays.get('fan')!), true);
  });

  it('needs nobody where access is not configured any more', async () => {
    const clock = new FakeClock();
    const client = plant.client({}, clock);
    await next(client, 'session');
    plant.isOpen = true;
    clock.advance(6000);
    await becomes(client, 'live');
    assert.deepEqual([client.session?.open, client.needsSignIn], [true, false]);
  });

  it('is as ever in front of a server without sessions', async () => {
    const old = new Plant();
    await old.start();
    try {
      const client = old.client();
      let told = 0;
      client.on('session', () => told++);
      await becomes(client, 'live');
      if (!client.stats) await next(client, 'stats');
      assert.deepEqual(
        [client.session, client.needsSignIn, client.maySwitch('r'), told],
        [null, false, true, 0],
      );
    } finally {
      await old.stop();
    }
  });
});
