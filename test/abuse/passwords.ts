/** Passwords and tokens that are tried, again and again. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { newSecret } from '../../lib/access/secret.ts';
import { open } from '../integration/clients.ts';
import { rawSocket } from '../lib/live/serving.ts';
import { tell, type Told } from './bytes.ts';
import { PASSWORD, PROXY, type Hall } from './hall.ts';

/** `times`: how much of everything, against what each test run has. */
export function tryPasswords(hall: () => Hall, times: number): void {
  const signIn = (
    name: string,
    from: string,
    { password = 'guess', headers = {} }: { password?: string; headers?: Record<string, string> } = {},
  ): Promise<Told> => {
    const body = JSON.stringify({ name, password });
    return tell(hall().port, '/factory-iot/session', { method: 'POST', from, headers, body });
  };
  /** All at once in tens; how many were heard. Whoever was not has been told when to come back. */
  const attack = async (count: number, one: (index: number) => Promise<Told>): Promise<number> => {
    const all: Told[] = [];
    for (let index = 0; index < count; index += 10)
      all.push(...(await Promise.all(Array.from({ length: 10 }, (_, part) => one(index + part)))));
    for (const { status, headers, text } of all) {
      if (status === 429) assert.ok(Number(headers['retry-after']) >= 1, 'Retry-After');
      else assert.equal(status, 401, text);
    }
    return all.filter(({ status }) => status === 401).length;
  };
  const saraComesIn = async (from: string): Promise<void> =>
    assert.equal((await signIn('Sara', from, { password: PASSWORD })).status, 200);

  it('slows one name from one address down', async () => {
    await saraComesIn('127.0.0.3');
    const heard = await attack(50 * times, () => signIn('Sara', '127.0.0.2'));
    assert.ok(heard <= 12, `${heard} were heard`);
    await saraComesIn('127.0.0.4');
  });

  it('slows one name from many addresses down, and she comes in where she was before', async () => {
    const heard = await attack(100 * times, (index) => {
      const client = `10.1.${Math.floor(index / 250)}.${1 + (index % 250)}`;
      return signIn('Sara', PROXY, { headers: { 'x-forwarded-for': `8.8.8.8, ${client}` } });
    });
    assert.ok(heard <= 30, `${heard} were heard`);
    await saraComesIn('127.0.0.3');
  });

  it('slows many names from one address down', async () => {
    const heard = await attack(100 * times, (index) => signIn(`name ${index}`, '127.0.0.7'));
    assert.ok(heard <= 40, `${heard} were heard`);
    await saraComesIn('127.0.0.3');
  });

  it('writes a bounded part of it down', async () => {
    const { entries } = (await hall().see('/audit?kind=refused&limit=500')) as {
      entries: { what: string }[];
    };
    const attempts = entries.filter(({ what }) => what === 'sign-in').length;
    assert.ok(attempts > 3 && attempts <= 130, `${attempts} attempts in the audit`);
  });

  it('slows guessed tokens down over HTTP, and hears the right one meanwhile', async () => {
    const statuses = new Set<number>();
    for (let index = 0; index < 60 * times; index++) {
      const headers = { authorization: `Bearer ${newSecret(index % 2 ? 'token' : 'session')}` };
      statuses.add((await tell(hall().port, '/api/relays', { from: '127.0.0.8', headers })).status);
    }
    assert.deepEqual([...statuses], [401, 429]);
    const headers = { authorization: `Bearer ${hall().tokens.viewer}` };
    assert.equal((await tell(hall().port, '/api/relays', { from: '127.0.0.8', headers })).status, 200);
  });

  it('lets nobody join by a guessed token or ticket, one a connection or many on one', async () => {
    for (let index = 0; index < 10 * times; index++) {
      const auth = index % 2 ? { token: newSecret('session') } : { ticket: newSecret('ticket') };
      const options = { transports: ['websocket'], reconnection: false, auth };
      const client = open(hall().red.url, options);
      const [error] = (await once(client.socket as never, 'connect_error')) as [{ data?: { code: string } }];
      assert.match(String(error.data?.code), /^(unauthenticated|limit)$/);
      client.close();
    }
    const socket = await rawSocket(hall().port);
    await socket.heard('sid');
    for (let index = 0; index < 200 * times; index++) socket.send(`40{"token":"${newSecret('token')}"}`);
    // It was refused each time, and in the end the server closes what has not joined.
    await socket.closed();
    await assert.rejects(socket.heard('40{"sid"'));
  });
}
