/** Follows docs/tls.md: what stands there is what runs here, but for addresses, ports and where files are. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest, hashPassword, newSecret } from '../../lib/access/secret.ts';
import { connect, open, TRANSPORTS } from './clients.ts';
import { quietFlow } from './core-flow.ts';
import { root } from './harness.ts';
import { findNginx, startNginx, type Nginx } from './nginx.ts';

const PASSWORD = 'three plain words';
/** A tablet's; the proxy's own is 127.0.0.1. */
const TABLET = '127.0.0.77';

const guide = readFileSync(join(root, 'docs/tls.md'), 'utf8');
const snippet = (language: string): string => {
  const found = [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))];
  assert.equal(found.length, 1, `one ${language} in the guide`);
  return found[0]![1]!;
};
/** Replaces what has to be there. */
const adapt = (text: string, changes: Readonly<Record<string, string>>): string => {
  let adapted = text;
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(adapted.includes(from), `${from} in the guide`);
    adapted = adapted.replaceAll(from, to);
  }
  return adapted;
};

describe('the guide to TLS', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'factory-iot-tls-'));
  const token = newSecret('token');
  const own: { end(): unknown }[] = [];
  let ca: string;
  let secrets: string;

  before(async () => {
    execFileSync('sh', ['-ec', adapt(snippet('sh'), { '192.168.1.20': '127.0.0.1' })], {
      cwd: folder,
      stdio: 'ignore',
    });
    ca = readFileSync(join(folder, 'plant.crt'), 'utf8');
    secrets = JSON.stringify({ sara: await hashPassword(PASSWORD), office: digest(token) });
  });
  afterEach(async () => {
    for (const one of own.splice(0).toReversed()) await one.end();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  interface Told {
    status: number;
    cookie: string;
    body: Record<string, unknown>;
  }
  /** Over TLS, whose certificate has to be the guide's. */
  const ask = (
    port: number,
    path: string,
    headers: Record<string, string> = {},
    body?: object,
  ): Promise<Told> =>
    new Promise((resolve, reject) => {
      const asked = request({
        host: '127.0.0.1',
        port,
        path,
        ca,
        method: body ? 'POST' : 'GET',
        agent: false,
        localAddress: TABLET,
        headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      });
      asked.on('error', reject);
      asked.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          const parsed = isJson ? (JSON.parse(text) as Told['body']) : { page: text };
          resolve({
            status: response.statusCode!,
            cookie: String(response.headers['set-cookie'] ?? ''),
            body: parsed,
          });
        });
      });
      asked.end(body && JSON.stringify(body));
    });
  const signIn = (port: number, headers: Record<string, string> = {}): Promise<Told> =>
    ask(port, '/factory-iot/session', headers, { name: 'Sara', password: PASSWORD });
  /** Where the newest to sign in came from, as the audit has it. */
  const cameFrom = async (port: number): Promise<unknown> => {
    const { body } = await ask(port, '/api/audit?kind=sign-in&limit=1', { authorization: `Bearer ${token}` });
    return (body['entries'] as { from: string }[])[0]?.from;
  };

  /** Node-RED as its own command starts it. */
  async function startNodeRed(settings: string, proxies = ''): Promise<number> {
    const userDir = mkdtempSync(join(folder, 'node-red-'));
    mkdirSync(join(userDir, 'node_modules/@factory-iot'), { recursive: true });
    symlinkSync(root, join(userDir, 'node_modules/@factory-iot/node-red'));
    const people = [
      { id: 'sara', name: 'Sara', kind: 'person', role: 'operator' },
      { id: 'office', name: 'office', kind: 'token', role: 'engineer' },
    ];
    const flow = quietFlow().map((node) => (node.type === 'factory-access' ? { ...node, people } : node));
    const access = flow.find(({ type }) => type === 'factory-access')!.id;
    const port = await freePort();
    writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow));
    writeFileSync(join(userDir, 'flows_cred.json'), JSON.stringify({ [access]: { secrets } }));
    writeFileSync(
      join(userDir, 'settings.js'),
      `module.exports = {\n${settings}\nuiPort: ${port}, uiHost: '127.0.0.1', flowFile: 'flows.json', credentialSecret: false, ` +
        `httpAdminRoot: '/editor', telemetry: { enabled: false }, editorTheme: { tours: false } };`,
    );
    const command = join(root, 'node_modules/node-red/red.js');
    const child = spawn(process.execPath, [command, '-u', userDir, '-s', join(userDir, 'settings.js')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FACTORY_PROXIES: proxies },
    });
    own.push({ end: () => endProcess(child) });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('Started flows')) resolve();
      });
      child.once('exit', () => reject(new Error(`Node-RED does not start: ${said}`)));
    });
    return port;
  }

  it('has Node-RED itself serve everything over TLS', async () => {
    const settings = adapt(snippet('js'), { '/home/pi/.node-red': folder });
    const port = await startNodeRed(settings);
    const { status, cookie, body } = await signIn(port);
    assert.equal(status, 200);
    assert.match(cookie, /; Secure/);
    assert.equal((await ask(port, '/editor/')).status, 200);
    for (const transport of TRANSPORTS) {
      const auth = { token: body['token'] };
      (await connect(`https://127.0.0.1:${port}`, transport, { ca, auth })).close();
    }
    assert.equal(await cameFrom(port), TABLET);
  });

  describe('with nginx', () => {
    const program = findNginx();
    before(function () {
      if (program !== undefined) return;
      console.log('    skipped: there is no nginx that runs (Debian: apt-get install nginx)');
      this.skip();
    });

    async function startProxy(
      nodeRed: number,
      changes: Readonly<Record<string, string>> = {},
    ): Promise<number> {
      const port = await freePort();
      const config = adapt(snippet('nginx'), {
        'listen 443': `listen 127.0.0.1:${port}`,
        '127.0.0.1:1880': `127.0.0.1:${nodeRed}`,
        '/etc/nginx': folder,
        ...changes,
      });
      const nginx: Nginx = await startNginx(program!, join(folder, `nginx-${port}`), config, port);
      own.push(nginx);
      return port;
    }

    it('passes everything on, and the audit has who it was', async () => {
      const nodeRed = await startNodeRed('', '127.0.0.1');
      const port = await startProxy(nodeRed);
      const host = `plant.lan:${port}`;
      const origin = `https://${host}`;
      const { status, cookie, body } = await signIn(port, { host, origin });
      assert.equal(status, 200);
      assert.match(cookie, /; Secure/);
      assert.equal(await cameFrom(port), TABLET);
      assert.equal((await signIn(port, { 'x-forwarded-for': '203.0.113.9' })).status, 200);
      assert.equal(await cameFrom(port), TABLET, 'what a client says of itself is not believed');
      assert.match(String((await ask(port, '/factory-iot/client.js')).body['page']), /socket/);
      for (const transport of TRANSPORTS) {
        const client = await connect(`https://127.0.0.1:${port}`, transport, {
          ca,
          auth: { token: body['token'] },
          extraHeaders: { origin: `https://127.0.0.1:${port}` },
        });
        client.socket.emit('request_relays');
        await client.next('relays_update');
        client.close();
      }
      assert.equal((await signIn(port, { host, origin: 'https://evil.example' })).status, 403);
    });

    it('is not believed where nobody trusts it', async () => {
      const port = await startProxy(await startNodeRed(''));
      const { status, cookie } = await signIn(port);
      assert.equal(status, 200);
      assert.doesNotMatch(cookie, /Secure/);
      assert.equal(await cameFrom(port), '127.0.0.1');
    });

    it('looks as the guide says where something is missing', async () => {
      const nodeRed = await startNodeRed('', '127.0.0.1');
      const port = await startProxy(nodeRed, {
        'proxy_set_header Upgrade $http_upgrade;': '',
        'X-Forwarded-Proto $scheme': 'X-Nothing nothing',
        'Host $http_host': 'Host $host',
      });
      const { cookie, body } = await signIn(port);
      assert.doesNotMatch(cookie, /Secure/);
      const host = `plant.lan:${port}`;
      const refused = await signIn(port, { host, origin: `https://${host}` });
      assert.match(String(refused.body['reason']), /^web pages of https:\/\/plant\.lan/);
      const options = { ca, auth: { token: body['token'] }, reconnection: false };
      const client = open(`https://127.0.0.1:${port}`, { ...options, transports: ['websocket'] });
      await once(client.socket as never, 'connect_error');
      client.close();
      (await connect(`https://127.0.0.1:${port}`, 'polling', options)).close();
    });
  });
});

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
