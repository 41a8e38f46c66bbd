import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const scripts = join(import.meta.dirname, '../../scripts');

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [property: string]: unknown;
}

/** With people set, and flows that cannot start: nobody is let in because of that. */
describe('npm start with people, where the flows do not start', function () {
  this.timeout(60_000);
  let data: string;
  let env: NodeJS.ProcessEnv;
  let password: string;
  const running: ChildProcess[] = [];

  before(async () => {
    data = mkdtempSync(join(tmpdir(), 'factory-iot-people-'));
    env = { ...process.env, PORT: '0', HOST: '', FACTORY_INSECURE: '', FACTORY_DATA: data };
    const said = execFileSync(process.execPath, [join(scripts, 'access.ts'), 'add', 'Sara'], { env });
    password = /\n {2}(\S+)\n/.exec(String(said))![1]!;
    await start();
    await stop();
  });
  afterEach(stop);
  after(() => rmSync(data, { recursive: true, force: true }));

  async function start(): Promise<string> {
    const child = spawn(process.execPath, [join(scripts, 'start.mjs')], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    child.stderr.pipe(process.stderr);
    let url: string | undefined;
    for await (const line of createInterface(child.stdout)) {
      url ??= /Editor {5}(\S+)\/editor/.exec(line)?.[1];
      if (line === 'Everybody has to sign in, at this computer too.') return url!;
      assert.doesNotMatch(line, /access is not configured/);
    }
    throw new Error('it ended without asking anybody to sign in');
  }
  async function stop(): Promise<void> {
    for (const child of running.splice(0)) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
  const flows = (): FlowNode[] => JSON.parse(readFileSync(join(data, 'flows.json'), 'utf8')) as FlowNode[];
  const change = (nodes: readonly FlowNode[]): void =>
    writeFileSync(join(data, 'flows.json'), JSON.stringify(nodes));

  /** Status of what the editor and the plant answer to somebody who has not signed in. */
  async function refusesStrangers(url: string): Promise<void> {
    const { id } = flows().find(({ type }) => type === 'factory-access')!;
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const asked = {
      '/editor/flows': {},
      '/editor/factory-iot/access/kept': { ...json, body: JSON.stringify({ node: id }) },
      '/editor/factory-iot/access/token': { ...json, body: '{}' },
      '/factory-iot/session': {},
      '/': {},
    };
    for (const [path, options] of Object.entries(asked)) {
      assert.equal((await fetch(url + path, options)).status, 401, path);
    }
  }

  /** Signs in to the editor, and reads and writes there as an engineer does. */
  async function letsEngineerIn(url: string): Promise<Record<string, string>> {
    const body = new URLSearchParams({
      client_id: 'node-red-editor',
      grant_type: 'password',
      scope: '*',
      username: 'Sara',
      password,
    });
    const answer = await fetch(`${url}/editor/auth/token`, { method: 'POST', body });
    assert.equal(answer.status, 200);
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    assert.equal((await fetch(`${url}/editor/flows`, { headers })).status, 200);
    return headers;
  }

  it('keeps them out where a node type is missing, until an engineer removes it', async () => {
    const before = flows();
    change([...before, { id: 'unknown', type: 'not-installed', z: before[0]!.id, wires: [] }]);
    const url = await start();
    await refusesStrangers(url);
    const headers = await letsEngineerIn(url);
    const { id } = before.find(({ type }) => type === 'factory-access')!;
    const kept = await fetch(`${url}/editor/factory-iot/access/kept`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ node: id }),
    });
    const { secrets } = (await kept.json()) as { secrets: string };
    assert.match(secrets, /"sealed\$/);
    assert.doesNotMatch(secrets, /scrypt/);

    // What the dialog gives back at a deploy.
    const mended = before.map((node) =>
      node.id === id ? { ...node, name: 'mended', credentials: { secrets } } : node,
    );
    const deployed = await fetch(`${url}/editor/flows`, {
      method: 'POST',
      headers: { ...headers, 'Node-RED-API-Version': 'v2' },
      body: JSON.stringify({ flows: mended }),
    });
    assert.equal(deployed.status, 200);
    await refusesStrangers(url);
    await letsEngineerIn(url);
    const session = await fetch(`${url}/factory-iot/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Sara', password }),
    });
    assert.equal(session.status, 200);
    await stop();

    // And at the start after it.
    const again = await start();
    await refusesStrangers(again);
    await letsEngineerIn(again);
  });

  it('keeps them out where the flows were stopped in the editor, or the tab of the access node is disabled', async () => {
    const path = join(data, '.config.runtime.json');
    const settings = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...settings, runtimeFlowState: 'stop' }));
    try {
      const url = await start();
      await refusesStrangers(url);
      await letsEngineerIn(url);
    } finally {
      await stop();
      writeFileSync(path, JSON.stringify(settings));
    }
    const before = flows();
    change([
      { id: 'off', type: 'tab', label: 'off', disabled: true },
      ...before.map((node) => (node.type === 'factory-access' ? { ...node, z: 'off' } : node)),
    ]);
    const url = await start();
    await refusesStrangers(url);
    await letsEngineerIn(url);
    await stop();
    change(before);
  });

  it('keeps them out where the palette has disabled the access node', async () => {
    const path = join(data, '.config.nodes.json');
    const before = readFileSync(path, 'utf8');
    const nodes = JSON.parse(before) as Record<string, { nodes: Record<string, { enabled: boolean }> }>;
    nodes['@factory-iot/node-red']!.nodes['factory-access']!.enabled = false;
    writeFileSync(path, JSON.stringify(nodes));
    try {
      const url = await start();
      assert.equal((await fetch(`${url}/editor/flows`)).status, 401);
      await letsEngineerIn(url);
    } finally {
      await stop();
      writeFileSync(path, before);
    }
  });

  it('keeps them out of the editor where two people have one name, and lets the engineer correct it', async () => {
    const before = flows();
    change(
      before.map((node) => {
        const people = node['people'] as object[] | undefined;
        return node.type === 'factory-access'
          ? { ...node, people: [...people!, { ...people![0], id: 'two' }] }
          : node;
      }),
    );
    const url = await start();
    assert.equal((await fetch(`${url}/editor/flows`)).status, 401);
    await letsEngineerIn(url);
    await stop();
    change(before);
  });
});
