/** Secrets that can be recognised are brought everywhere, and then looked for where they must not be. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { digest, hashPassword, newSecret } from '../../lib/access/secret.ts';
import { open } from '../integration/clients.ts';
import type { FlowNode } from '../integration/harness.ts';
import { ask, json, type Answered, type Asking } from '../access/ask.ts';
import { filesBelow, findSecrets, type Hay } from '../access/canaries.ts';
import { accessFlow } from '../access/flow.ts';
import { startPlant, type PlantProcess } from '../access/plant.ts';
import { screenAt, socketPath } from '../access/ways.ts';

const { hashSync } = createRequire(import.meta.url)('bcryptjs') as {
  hashSync: (password: string, rounds: number) => string;
};

/** Signs that every form writes in another way. */
const made = (name: string): string => `canary ${name} "ä/+%&=?`;
const password = made('password');
const wrong = made('wrong password');
const token = newSecret('token');
const viewer = newSecret('token');
const credentialSecret = made('credentialSecret');
const node = { user: 'plant', pass: 'canary-httpNodeAuth' };
const admin = made('adminAuth');
const secrets: Record<string, string> = {
  password,
  'wrong password': wrong,
  token,
  'token of a viewer': viewer,
  credentialSecret,
  'password of httpNodeAuth': node.pass,
  'password of adminAuth': admin,
  'token of nobody': newSecret('token'),
};
const basic = { authorization: `Basic ${Buffer.from(`${node.user}:${node.pass}`).toString('base64')}` };

describe('secrets', function () {
  this.timeout(60_000);
  let plant: PlantProcess;
  let url: string;
  let kept: Record<string, string>;
  /** Everything that was said to anybody, but for a secret to whom it belongs. */
  const hay: Hay[] = [];

  /** Asks, and keeps the answer to look through. */
  async function say(
    path: string,
    { headers, ...asking }: Asking & { own?: boolean } = {},
  ): Promise<Answered> {
    const answer = await ask(url + path, { ...asking, headers: { ...basic, ...headers } });
    const where = `${asking.method ?? 'GET'} ${path}`;
    if (!asking.own) hay.push({ where, text: `${JSON.stringify(answer.headers)}\n${answer.text}` });
    return answer;
  }
  const as = (secret: string): Record<string, string> => ({ 'x-factory-token': secret });
  const flowOf = (people: readonly object[], blob: string): FlowNode[] => [
    ...accessFlow({ people, nodeRedUsers: true, credentials: { secrets: blob } }, 'sqlite'),
    ...debugs(),
  ];
  const people = [
    { id: 'ada', name: 'Ada', kind: 'person', role: 'engineer' },
    { id: 'panel', name: 'panel', kind: 'token', role: 'engineer' },
    { id: 'wall', name: 'wall', kind: 'token', role: 'viewer' },
  ];

  before(async () => {
    kept = { ada: await hashPassword(password), panel: digest(token), wall: digest(viewer) };
    const users = ['editor', 'reader'].map((username) => ({
      username,
      password: hashSync(admin, 4),
      permissions: username === 'editor' ? '*' : 'read',
    }));
    plant = await startPlant({
      httpNodeAuth: node,
      settings: {
        credentialSecret,
        adminAuth: { type: 'credentials', users },
        logging: { console: { level: 'trace', audit: true, metrics: true } },
      },
    });
    url = `http://127.0.0.1:${plant.port}`;
  });
  after(() => plant?.stop());

  it('are brought to every place', async () => {
    await plant.deploy(flowOf(people, JSON.stringify(kept)));
    const session = (body: unknown, more: object = {}): Promise<Answered> =>
      say('/factory-iot/session', { method: 'POST', body, ...more });
    // Signing in, rightly and wrongly.
    const opened = await session({ name: 'Ada', password }, { own: true });
    assert.equal(opened.status, 200, opened.text);
    const own = String(json(opened)['token']);
    const page = /factory_page=([^;]+)/.exec(String(opened.headers['set-cookie']))![1]!;
    const ticket = String(
      json(await say('/factory-iot/ticket', { method: 'POST', headers: as(own), body: {}, own: true }))[
        'ticket'
      ],
    );
    Object.assign(secrets, { session: own, 'page cookie': page, ticket });
    for (const body of [
      { name: 'Ada', password: wrong },
      { name: 'nobody', password },
      { name: 'Ada', password: [password] },
      { name: 'Ada', password, remember: token },
      { ticket: password },
      { ticket: token },
      `{"name": "Ada", "password": ${JSON.stringify(password)}, }`,
      JSON.stringify(password),
      [password, token],
    ])
      assert.notEqual((await session(body)).status, 200);
    await session(`name=Ada&password=${encodeURIComponent(password)}`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    // Every endpoint, with what may not, what is no good, and what is not understood.
    const cookie = { cookie: `factory_page=${page}` };
    for (const headers of [
      as(viewer),
      as(secrets['token of nobody']!),
      as(ticket),
      as(password.slice(0, 9)),
      cookie,
      {},
    ]) {
      for (const path of [
        '/api/devices',
        '/api/relays',
        '/api/audit',
        '/api/none',
        '/factory-iot/session',
        '/',
      ])
        await say(path, { headers });
      for (const path of [
        '/api/devices/tank/value',
        '/api/relays/pump',
        '/own',
        '/wire/read',
        '/factory-iot/ticket',
      ])
        for (const body of [{ action: 'on', value: 1 }, `{"value": ${token}`, { action: 7 }])
          await say(path, {
            method: 'POST',
            headers,
            body,
            own: path.endsWith('ticket') && headers !== cookie,
          });
      await say('/dashboard/plant', { headers: { ...headers, accept: 'text/html' } });
      await say('/ui/', { headers });
    }
    for (const auth of [{ token: viewer }, { token: `${token}x` }, { ticket: 'none' }, { token: own }]) {
      const { socket, close, heard } = open(url, { auth, transports: ['websocket'], reconnection: false });
      await new Promise((resolve) =>
        socket.once('connect', () => resolve('')).once('connect_error', resolve),
      ).then((error) =>
        hay.push({ where: 'a refused socket', text: `${String(error)} ${JSON.stringify(error)}` }),
      );
      if (socket.connected)
        hay.push({
          where: 'a command',
          text: JSON.stringify(await socket.emitWithAck('command', { relay: 'pump', action: 'on' })),
        });
      hay.push({ where: 'what a socket heard', text: JSON.stringify(heard) });
      close();
    }
    // A screen of each dashboard, whose ticket goes along a wire; a second time it is no good.
    for (const dashboard of [1, 2] as const) {
      const extraHeaders = { cookie: `factory_page=${page}` };
      const { socket, close, heard } = open(url, {
        path: socketPath(dashboard),
        transports: ['websocket'],
        extraHeaders,
      });
      await new Promise((resolve) => socket.once('connect', () => resolve('')));
      const at = screenAt(dashboard, plant, socket);
      const another = json(
        await say('/factory-iot/ticket', { method: 'POST', headers: as(own), body: {}, own: true }),
      );
      const shown = String(another['ticket']);
      secrets[`ticket of the screen of dashboard ${dashboard}`] = shown;
      await at.signIn(shown);
      assert.equal(await at.press(), 'yes');
      await at.signIn(shown);
      hay.push({ where: `what dashboard ${dashboard} heard`, text: JSON.stringify(heard) });
      close();
    }
    // The audit, over HTTP and by message.
    assert.match((await say('/api/audit?limit=500', { headers: as(token) })).text, /sign-in/);
    await say('/api/audit/verify', { headers: as(token) });
    assert.equal((await say('/audit-by-message')).status, 200);
  });

  it('are deployed, exported, and given with settings that cannot work', async () => {
    const login = (username: string, tried: string): Promise<Answered> =>
      say('/editor/auth/token', {
        method: 'POST',
        body: { client_id: 'node-red-editor', grant_type: 'password', scope: '', username, password: tried },
        own: true,
      });
    await login('editor', wrong);
    for (const user of ['reader', 'editor']) {
      const headers = { authorization: `Bearer ${String(json(await login(user, admin))['access_token'])}` };
      for (const path of ['flows', 'credentials/factory-access/access', 'settings', 'nodes', 'flow/core'])
        await say(`/editor/${path}`, { headers });
      for (const [path, body] of [
        ['password', { password: 'short' }],
        ['kept', { node: [password] }],
      ] as const)
        await say(`/editor/factory-iot/access/${path}`, { method: 'POST', headers, body });
    }
    const flows = hay.find(({ where }) => where === 'GET /editor/flows')!.text;
    assert.match(flows, /"factory-access"/);
    const [ada, panel] = people;
    for (const [entries, blob] of [
      [[ada, { ...ada, id: 'other' }], JSON.stringify(kept)],
      [people, `{"panel": "${kept['panel']}"`],
      [[{ ...panel, name: `${token}\n` }].slice(1), JSON.stringify({ panel: token, ada: password })],
      [[panel], '{}'],
      [people, JSON.stringify(kept)],
    ] as const)
      await plant.deploy(flowOf(entries as object[], blob));
    // Once more by a socket that is thrown out in between.
    await say('/factory-iot/session', { headers: as(secrets['session']!), own: true });
    await say('/factory-iot/session', { method: 'DELETE', headers: as(secrets['session']!) });
  });

  it('are found nowhere', async () => {
    const { userDir, said } = plant;
    // Something that is written after the last start, so that there is a file of what is not yet in the other.
    await say('/api/relays/pump', { method: 'POST', headers: as(token), body: { action: 'on' } });
    const files = filesBelow(userDir);
    for (const name of ['flows.json', 'flows_cred.json'])
      assert.ok(
        files.some(({ where }) => where === name),
        `${name} is not there`,
      );
    assert.ok(
      files.some(({ where }) => where.endsWith('-wal')),
      files.map(({ where }) => where).join(),
    );
    const seen = plant.all
      // A ticket on its way from the page to the guard is behind it no more.
      .map(({ seen: at, text }) => ({ where: at, text }));
    const everything = [...hay, ...files, ...seen, { where: 'the log', text: said.join('') }];
    assert.match(said.join(''), /refused Ada/);
    assert.ok(
      seen.some(({ where }) => where === 'comms') && seen.some(({ where }) => where === 'node-status'),
    );
    assert.deepEqual(findSecrets(secrets, everything), []);
    // What they are recognised by is only in what is encrypted.
    assert.deepEqual(findSecrets(kept, everything), []);
    const sessions = { session: digest(secrets['session']!), 'page cookie': digest(secrets['page cookie']!) };
    const inPlant = ({ where }: Hay): boolean => /\.db(-wal|-shm)?$|sqlite/.test(where);
    assert.deepEqual(
      findSecrets(
        sessions,
        everything.filter((one) => !inPlant(one)),
      ),
      [],
    );
    assert.notDeepEqual(findSecrets(sessions, everything.filter(inPlant)), []);
  });

  it('would be found in any form', () => {
    for (const [form, text] of Object.entries({
      plain: `x${password}y`,
      'in JSON': JSON.stringify({ password }),
      base64: Buffer.from(`Ada:${password}`).toString('base64'),
      'base64 further on': Buffer.from(`Adam:${password}!`).toString('base64'),
      base64url: Buffer.from(password).toString('base64url'),
      'URL-encoded': `?password=${encodeURIComponent(password)}&`,
      hex: Buffer.from(password).toString('hex'),
    }))
      assert.match(
        findSecrets({ password }, [{ where: form, text }]).join(),
        new RegExp(`password in ${form}`),
        form,
      );
    const file = join(plant.userDir, 'planted');
    writeFileSync(file, Buffer.concat([Buffer.from([0, 255]), Buffer.from(password)]));
    assert.deepEqual(findSecrets({ password }, filesBelow(plant.userDir)), ['password in planted, plain']);
  });
});

/** Shows the editor everything, as somebody does who looks for a fault. */
function debugs(): FlowNode[] {
  const debug = {
    type: 'debug',
    z: 'debugs',
    active: true,
    tosidebar: true,
    console: true,
    complete: 'true',
    targetType: 'full',
  };
  return [
    { id: 'debugs', type: 'tab', label: 'debugs' },
    { ...debug, id: 'debug', wires: [] },
    { id: 'catch', type: 'catch', z: 'debugs', scope: null, uncaught: false, wires: [['debug']] },
    { id: 'status', type: 'status', z: 'debugs', scope: null, wires: [['debug']] },
    {
      id: 'clients-seen',
      type: 'factory-clients',
      z: 'debugs',
      server: 'server',
      wires: [['debug'], ['debug']],
    },
    {
      id: 'audit-in',
      type: 'http in',
      z: 'debugs',
      url: '/audit-by-message',
      method: 'get',
      wires: [['audit-ask']],
    },
    {
      id: 'audit-ask',
      type: 'change',
      z: 'debugs',
      rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '{"limit":500}', tot: 'json' }],
      wires: [['audit-read']],
    },
    {
      id: 'audit-read',
      type: 'factory-query',
      z: 'debugs',
      plant: 'plant',
      subject: 'audit',
      output: 'array',
      wires: [['debug', 'audit-out']],
    },
    { id: 'audit-out', type: 'http response', z: 'debugs', wires: [] },
  ];
}
