/**
 * Commands whose asker has gone, or whose time was over, while the process could not hear them: it hangs, or is stopped, and finds
 * them in the kernel afterwards.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, post, request, TRANSPORTS, type Client, type Transport } from '../integration/clients.ts';
import { startChild, type Child } from '../long/children.ts';
import type { Figures, NodeRedSettings, Order } from '../long/node-red-process.ts';

/** Shorter than the 4.5 s after which a client of Socket.IO gives up by itself. */
const HANG_MS = 3500;
const ROUNDS = 3;

const HANGS: readonly ['stopped' | 'busy', string][] = [
  ['stopped', 'is stopped'],
  ['busy', 'runs in a loop'],
];

describe('a process that could not hear for a while', function () {
  this.timeout(120_000);
  const userDir = mkdtempSync(join(tmpdir(), 'factory-iot-gone-'));
  let child: Child;
  let url: string;
  before(async () => {
    const settings: NodeRedSettings = { port: 0, userDir, devices: 1, access: {} };
    const [started, { port }] = await startChild<{ port: number }>('node-red-process.ts', settings);
    child = started;
    url = `http://127.0.0.1:${port}`;
    await request(`${url}/api/relays`);
  });
  after(async () => {
    await child.kill();
    rmSync(userDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    for (const relay of ['relay1', 'relay2', 'relay3'])
      await post(`${url}/api/relays/${relay}`, { action: 'off' });
  });

  /** Does `meanwhile` as soon as the process hears nothing any more; resolves once it hears again. */
  async function hang(how: 'stopped' | 'busy', meanwhile: () => Promise<void>): Promise<void> {
    if (how === 'stopped') child.process.kill('SIGSTOP');
    const order: Order = { hang: HANG_MS };
    const busy = how === 'busy' ? child.ask<Figures>(order) : undefined;
    // The order is heard at once, and nothing can tell when.
    await delay(100);
    const began = performance.now();
    await meanwhile();
    await delay(HANG_MS - (performance.now() - began));
    if (how === 'stopped') child.process.kill('SIGCONT');
    await busy;
  }

  async function states(): Promise<Record<string, unknown>> {
    return (await request(`${url}/api/relays`)).body['relays'] as Record<string, unknown>;
  }

  /** Sends a POST on a connection that is there, and closes it after a second without an answer. */
  async function giveUp(agent: Agent, path: string, body: object): Promise<void> {
    const sent = send(agent, path, body);
    sent.on('error', () => {});
    await delay(1000);
    sent.destroy();
  }

  function send(agent: Agent, path: string, body: object): ClientRequest {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': text.length };
    const sent = httpRequest(`${url}${path}`, { method: 'POST', agent, headers });
    sent.end(text);
    return sent;
  }

  /** An agent with a connection that is kept. */
  async function kept(): Promise<Agent> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await new Promise<void>((resolve, reject) => {
      httpRequest(`${url}/api/relays`, { agent }, (response) => response.resume().once('end', resolve))
        .once('error', reject)
        .end();
    });
    return agent;
  }

  for (const [how, words] of HANGS) {
    it(`carries out nothing over HTTP for who has gone while it ${words}, with a ttl or without`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const [first, second, third] = [await kept(), await kept(), await kept()];
        await hang(how, async () => {
          await Promise.all([
            giveUp(first, '/api/relays/relay1', { action: 'on', ttl: 60_000 }),
            giveUp(second, '/api/relays/relay2', { action: 'on' }),
            giveUp(third, '/api/v2/command', {
              relay: 'relay3',
              action: 'toggle',
              id: `gone ${how} ${round}`,
            }),
          ]);
        });
        await child.ask<Figures>('figures');
        assert.deepEqual(await states(), { relay1: false, relay2: false, relay3: false });
      }
    });

    it(`counts the time that it ${words} against a ttl over HTTP`, async () => {
      const answers: Promise<{ status: number; body: Record<string, unknown> }>[] = [];
      await hang(how, () => {
        answers.push(
          post(`${url}/api/relays/relay1`, { action: 'on', ttl: HANG_MS / 2 }),
          post(`${url}/api/relays/relay2/mode`, { mode: 'auto', id: `late ${how}`, ttl: HANG_MS / 2 }),
          post(`${url}/api/relays/relay3`, { action: 'on', ttl: 4 * HANG_MS }),
        );
        return Promise.resolve();
      });
      const said = await Promise.all(answers);
      assert.deepEqual(
        said.map(({ status, body }) => [status, body['code']]),
        [
          [409, 'expired'],
          [409, 'expired'],
          [200, 'done'],
        ],
      );
      assert.deepEqual(await states(), { relay1: false, relay2: false, relay3: true });
    });

    for (const transport of TRANSPORTS) {
      it(`counts the time that it ${words} against a ttl over ${transport}, and hears nobody who has gone`, async () => {
        const [waits, goes] = [await open(transport), await leaver(transport)];
        const answers: Promise<unknown>[] = [];
        await hang(how, async () => {
          const ask = (relay: string, ttl: number): Promise<unknown> =>
            waits.socket.timeout(20_000).emitWithAck('command', { relay, action: 'on', ttl });
          answers.push(ask('relay1', HANG_MS / 2), ask('relay3', 4 * HANG_MS));
          goes.command({ relay: 'relay2', action: 'on' });
          await delay(1000);
          goes.leave();
        });
        const codes = (await Promise.all(answers)).map((answer) => (answer as { code: unknown }).code);
        assert.deepEqual(codes, ['expired', 'done']);
        await child.ask<Figures>('figures');
        assert.deepEqual(await states(), { relay1: false, relay2: false, relay3: true });
        waits.close();
      });
    }

    it(`writes no value for who has gone while it ${words}`, async () => {
      const agent = await kept();
      const path = '/api/devices/d0/value';
      await post(`${url}${path}`, { value: 1 });
      await hang(how, () => giveUp(agent, path, { value: 2 }));
      await child.ask<Figures>('figures');
      assert.equal((await request(`${url}/api/devices/d0`)).body['value'], 1);
    });
  }

  it('writes the value of a client that closes its connection at once, as boards do that wait for nothing', async () => {
    const agent = await kept();
    const sent = send(agent, '/api/devices/d0/value', { value: 3 });
    sent.on('error', () => {});
    await new Promise((resolve) => sent.once('finish', resolve));
    sent.socket!.end();
    for (let value: unknown; value !== 3; await delay(20)) {
      value = (await request(`${url}/api/devices/d0`)).body['value'];
    }
  });

  function open(transport: Transport): Promise<Client> {
    return connect(url, transport, { reconnection: false });
  }

  /** A client that is cut off, as by the end of its process: socket.io-client would wait until what it has sent is taken. */
  async function leaver(transport: Transport): Promise<{ command(order: object): void; leave(): void }> {
    if (transport === 'websocket') {
      const client = await open(transport);
      return { command: (order) => client.socket.emit('command', order), leave: client.close };
    }
    const engine = `${url}/socket.io/?EIO=4&transport=polling`;
    const opened = await (await fetch(engine)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const session = `${engine}&sid=${sid}`;
    await fetch(session, { method: 'POST', body: '40' });
    await (await fetch(session)).text();
    const cut = new AbortController();
    const { signal } = cut;
    const go = (init: RequestInit): Promise<unknown> =>
      fetch(session, init)
        .then((got) => got.text())
        .catch(() => {});
    void (async () => {
      while (!signal.aborted) await go({ signal });
    })();
    return {
      command: (order) =>
        void go({ signal, method: 'POST', body: `42${JSON.stringify(['command', order])}` }),
      leave: () => cut.abort(),
    };
  }
});
