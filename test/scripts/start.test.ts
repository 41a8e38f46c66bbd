import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const script = join(import.meta.dirname, '../../scripts/start.mjs');

interface Run {
  readonly child: ChildProcess;
  /** Everything that it printed so far. */
  text(): string;
  /** Resolves once it printed this. Rejects where it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
}

describe('npm start, as a program', function () {
  this.timeout(60_000);
  let data: string;
  let runs: Run[];
  beforeEach(() => {
    data = join(mkdtempSync(join(tmpdir(), 'factory-iot-start-')), 'data');
    runs = [];
  });
  afterEach(async () => {
    for (const { child, ended } of runs) {
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(join(data, '..'), { recursive: true, force: true });
  });

  const run = (env: Record<string, string> = {}): Run => {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, PORT: '0', HOST: '', FACTORY_INSECURE: '', FACTORY_DATA: data, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const hear = (chunk: Buffer): void => void (text += chunk.toString());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const ended = once(child, 'close').then(([code]) => code as number | null);
    const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found;
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`ended without saying ${pattern}:\n${text}`);
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
    };
    const started = { child, text: () => text, says, ended };
    runs.push(started);
    return started;
  };
  const ready = async (program: Run): Promise<string> => {
    const [, url] = await program.says(/Editor {5}(\S+)\/editor[^]*Ctrl-C stops it/);
    return url!;
  };
  const stop = async ({ child, ended }: Run): Promise<void> => {
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  };

  it('runs the core flow on a simulated board, without a warning, and stops in order', async () => {
    const program = run();
    const url = await ready(program);
    // The plant opens, and the host is sampled, in the background.
    await eventually(async () => (await fetch(`${url}/api/health`)).status === 200);
    const devices = (await (await fetch(`${url}/api/devices`)).json()) as { count: number };
    assert.equal(devices.count, 3);
    assert.equal((await fetch(`${url}/editor/library/examples/flows/@factory-iot/node-red/`)).status, 200);
    assert.match(program.text(), /The relay board is simulated/);
    assert.doesNotMatch(program.text(), /\[warn\]|\[error\]/);
    await stop(program);
    assert.match(program.text(), /Stopping …\n$/);
  });

  it('keeps what it has compiled before anybody can end it', async () => {
    const kept = join(data, '../compiled');
    await ready(run({ NODE_COMPILE_CACHE: kept }));
    const files = readdirSync(kept, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    // Node-RED and Express alone are hundreds.
    assert.ok(files.length > 300, `${files.length} files`);
  });

  it('shows the editor to this machine only', async () => {
    const url = await ready(run());
    assert.equal((await fetch(`${url}/editor/`)).status, 200);
    const foreign = await fetch(`${url}/editor/flows`, { headers: { origin: 'https://evil.example' } });
    assert.equal(foreign.status, 403);
    assert.equal(((await foreign.json()) as { code: string }).code, 'forbidden');
    assert.equal(await upgraded(`${url}/editor/comms`, 'https://evil.example'), false);
    assert.equal(await upgraded(`${url}/editor/comms`, url), true);
  });

  it('keeps what the user changed and deleted', async () => {
    interface Flows {
      flows: { id: string; type: string; name?: string }[];
    }
    const headers = { 'Node-RED-API-Version': 'v2', 'content-type': 'application/json' };
    const first = run();
    const before = (await (await fetch(`${await ready(first)}/editor/flows`, { headers })).json()) as Flows;
    assert.ok(before.flows.some(({ id }) => id === 'factory-iot-tick'));
    const flows = before.flows
      .filter(({ id }) => id !== 'factory-iot-tick')
      .map((node) => (node.id === 'factory-iot-relay' ? { ...node, name: 'mine' } : node));
    const deployed = await fetch(`${await ready(first)}/editor/flows`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...before, flows }),
    });
    assert.equal(deployed.status, 200);
    await stop(first);

    const after = (await (await fetch(`${await ready(run())}/editor/flows`, { headers })).json()) as Flows;
    assert.deepEqual(after.flows, flows);
  });

  it('executes no command again after a start, and starts no relay once it has died again and again', async () => {
    interface Relays {
      readonly info: readonly { id: string; state: boolean; locked?: { by: string; why: string } }[];
    }
    const relays = async (url: string): Promise<Relays['info']> => {
      // A plant that is open has its start in its file.
      await eventually(async () => (await fetch(`${url}/api/health`)).status === 200);
      return ((await (await fetch(`${url}/api/relays`)).json()) as Relays).info;
    };
    const turn = async (url: string, body: object): Promise<Record<string, unknown>> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/api/relays/relay1`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    for (let round = 0; round < 3; round++) {
      const program = run();
      const url = await ready(program);
      assert.equal((await relays(url))[0]!.locked, undefined);
      const { code, logged, state } = await turn(url, { action: 'on', id: 'the one' });
      if (round === 0) assert.deepEqual([code, logged, state], ['done', true, true]);
      else assert.deepEqual([code, state], ['duplicate', false]);
      program.child.kill('SIGKILL');
      await program.ended;
    }
    const url = await ready(run());
    for (const { state, locked } of await relays(url)) {
      assert.deepEqual([state, locked?.by], [false, 'safe-mode']);
      assert.match(locked!.why, /died 3 times in a row/);
    }
    assert.equal((await turn(url, { action: 'on' }))['code'], 'locked');
  });

  it('says that the port is taken before it writes anything', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const program = run({ PORT: String(port) });
      assert.equal(await program.ended, 1);
      assert.match(program.text(), new RegExp(`uses port ${port}.*PORT=`));
      assert.equal(existsSync(data), false);
    } finally {
      other.close();
    }
  });

  it('refuses to be open by accident', async () => {
    const program = run({ HOST: '0.0.0.0' });
    assert.equal(await program.ended, 1);
    assert.match(program.text(), /npm run access -- add YOUR-NAME && HOST=0\.0\.0\.0 npm start/);
    assert.equal(existsSync(data), false);
  });

  it('leaves flows that it cannot read as they are', async () => {
    await stop(await running());
    writeFileSync(join(data, 'flows.json'), '[{"id":');
    const program = run();
    assert.equal(await program.ended, 1);
    assert.match(program.text(), /flows\.json holds no flows that can be read/);
    assert.equal(readFileSync(join(data, 'flows.json'), 'utf8'), '[{"id":');
  });

  it('takes a signal that comes twice at once, as through npm, for one', async () => {
    const program = await running();
    program.child.kill('SIGINT');
    program.child.kill('SIGINT');
    assert.equal(await program.ended, 0);
  });

  /** Whether a page of this origin gets a WebSocket there. */
  function upgraded(url: string, origin: string): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = request(url, {
        headers: {
          origin,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
        },
      });
      asked.on('upgrade', (_, socket) => {
        socket.destroy();
        resolve(true);
      });
      asked.on('response', () => resolve(false)).on('error', () => resolve(false));
      asked.end();
    });
  }

  /** Asks again until it holds, for 5 s at most. */
  async function eventually(holds: () => Promise<boolean>): Promise<void> {
    const limit = Date.now() + 5000;
    while (!(await holds())) {
      assert.ok(Date.now() < limit, 'not within 5 s');
      await delay(50);
    }
  }

  async function running(): Promise<Run> {
    const program = run();
    await ready(program);
    return program;
  }
});
