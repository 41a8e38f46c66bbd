/** Goes every way as everybody, and holds the answers against the rules. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { open } from '../integration/clients.ts';
import type { FlowNode } from '../integration/harness.ts';
import { newSecret } from '../../lib/access/secret.ts';
import { ask, json, type Asking } from './ask.ts';
import { accessFlow, DEVICE, RELAY } from './flow.ts';
import { LOOPBACK, type Place } from './from.ts';
import { accessOf, endSession, makePeople, signInAll, ticketOf, type Person, type Shown } from './people.ts';
import { startPlant, within, type PlantProcess } from './plant.ts';
import { expected, WAYS, type Cell, type Who } from './rules.ts';
import type { ServerSettings } from './server.ts';
import { OPERATIONS, socketPath, type Journey, type Operation, type Showing } from './ways.ts';

const { hashSync } = createRequire(import.meta.url)('bcryptjs') as {
  hashSync: (password: string, rounds: number) => string;
};

export const ALLOWED_PAGE = 'http://panel.example:3000';
const NODE_AUTH = { user: 'plant', pass: 'node-auth-password' };
export const BASIC = { authorization: `Basic ${Buffer.from('plant:node-auth-password').toString('base64')}` };
/** Proxies that are trusted: whoever asks by loopback. */
export const TRUSTED = '127.0.0.0/8';
/** Users of the editor: one may deploy, one may only look; the password of both is their name. */
const ADMIN_AUTH = {
  type: 'credentials',
  users: [
    { username: 'editor', password: hashSync('editor', 4), permissions: '*' },
    { username: 'reader', password: hashSync('reader', 4), permissions: 'read' },
  ],
};
/** How many go at once. */
const LANES = 8;

export interface Setting {
  readonly nodeAuth: boolean;
  readonly adminAuth?: boolean;
}

/** A plant with everybody signed in, and those removed who are to be. */
export class Matrix {
  readonly plant: PlantProcess;
  readonly #people: readonly Person[];
  readonly #shown: Shown;
  readonly #plainly: Asking & { url: string };
  readonly #nodeAuth: boolean;
  /** Each wrong secret comes from another address: from one they would be slowed down. */
  #address = 0;
  cells = 0;

  constructor(
    plant: PlantProcess,
    people: readonly Person[],
    shown: Shown,
    plainly: Asking & { url: string },
    nodeAuth: boolean,
  ) {
    this.plant = plant;
    this.#people = people;
    this.#shown = shown;
    this.#plainly = plainly;
    this.#nodeAuth = nodeAuth;
  }

  static async start({ nodeAuth, adminAuth }: Setting): Promise<Matrix> {
    const settings: ServerSettings = {
      ...(nodeAuth && { httpNodeAuth: NODE_AUTH }),
      settings: { ...(adminAuth && { adminAuth: ADMIN_AUTH }) },
    };
    const [plant, people] = await Promise.all([startPlant(settings), makePeople()]);
    const plainly = {
      url: `http://127.0.0.1:${plant.port}`,
      agent: LOOPBACK.agent(0),
      headers: nodeAuth ? BASIC : {},
    };
    await plant.deploy(flowOf(people));
    const shown = await signInAll(plainly.url, people, plainly);
    const matrix = new Matrix(plant, people, shown, plainly, nodeAuth);
    await matrix.trust('');
    return matrix;
  }

  /** Deploys without those who are removed, and with these proxies. */
  async trust(proxies: string): Promise<void> {
    await this.plant.deploy(
      flowOf(
        this.#people.filter(({ state }) => state !== 'removed'),
        { proxies },
      ),
    );
    await this.untilReady();
  }

  get url(): string {
    return this.#plainly.url;
  }

  /** Goes all ways as these; returns what went otherwise than the rules say. */
  async go(
    everybody: readonly Who[],
    place: Place,
    surroundings: Pick<Cell, 'page' | 'from'> & { withoutNodeAuth?: boolean },
  ): Promise<string[]> {
    const { page, from, withoutNodeAuth = false } = surroundings;
    const nodeAuth = !this.#nodeAuth ? 'off' : withoutNodeAuth ? 'missing' : 'sent';
    const cellOf = (who: Who, way: Cell['way']): Cell => ({ who, way, page, from, nodeAuth });
    const isMoved = (who: Who, { ways }: Operation): boolean =>
      ways.some((way) => moves(way) && expected(cellOf(who, way)) === 'yes');
    const jobs = everybody.flatMap((who) => OPERATIONS.map((operation) => ({ who, operation })));
    const wrong: string[] = [];
    const run = async (some: typeof jobs): Promise<void> => {
      const waiting = some.values();
      const lanes = Array.from({ length: LANES }, async () => {
        for (const { who, operation } of waiting) {
          const journey = this.journey(who, place, surroundings, nodeAuth);
          const went = await within(operation.go(journey)).catch((error: unknown) => String(error));
          journey.agent.destroy();
          for (const way of operation.ways) {
            this.cells++;
            const wanted = expected(cellOf(who, way));
            const got = typeof went === 'string' ? went : went[way];
            if (got !== wanted)
              wrong.push(
                `${nameOf(who)} by ${way}, page ${page}, from ${from}, httpNodeAuth ${nodeAuth}: ${got}, not ${wanted}`,
              );
          }
        }
      });
      await Promise.all(lanes);
    };
    // First all who must not move anything; what is refused has to leave it as it was.
    await run(jobs.filter(({ who, operation }) => !isMoved(who, operation)));
    const before = await this.#state();
    if (before !== 'false 0') wrong.push(`something was moved that was refused: ${before}`);
    const movers = jobs.filter(({ who, operation }) => isMoved(who, operation));
    await run(movers);
    if (movers.length > 0) {
      const after = await this.#state();
      if (!after.startsWith('true')) wrong.push(`nothing was moved that was allowed: ${after}`);
      await this.untilReady();
    }
    return wrong;
  }

  journey(
    who: Who,
    place: Place,
    { page, from }: Pick<Cell, 'page' | 'from'>,
    nodeAuth: Cell['nodeAuth'] = 'off',
  ): Journey {
    const number = ++this.#address;
    const { port } = this.plant;
    const url = `http://${place.host}:${port}`;
    const pages: Partial<Record<Cell['page'], Record<string, string>>> = {
      same: { origin: url },
      allowed: { origin: ALLOWED_PAGE },
      thisMachine: { origin: 'http://localhost:3000' },
      foreign: { origin: 'https://evil.example' },
      crossSite: { 'sec-fetch-site': 'cross-site' },
    };
    const isProxied = from === 'proxied' || from === 'trustedProxy';
    return {
      plant: this.plant,
      url,
      agent: place.agent(number),
      headers: {
        ...pages[page],
        ...(isProxied && { 'x-forwarded-for': `198.18.${number >> 8}.${number & 255}` }),
        ...(nodeAuth === 'sent' && BASIC),
      },
      plainly: this.#plainly,
      shows: this.#showing(who),
    };
  }

  #showing(who: Who): Showing {
    if (who === 'nobody') return {};
    if (who === 'malformedToken') return { bearer: 'fiot_not-a-token' };
    if (who === 'madeUpTicket') return { makeTicket: async () => newSecret('ticket') };
    const { role, by, state } = who;
    const { token, session, page } = this.#shown;
    if (by === 'token') return { bearer: token(role, state) };
    if (by === 'session') return { bearer: session(role, state) };
    if (by === 'cookie') return { page: page(role, state) };
    return {
      makeTicket: async () => {
        const ticket = await ticketOf(this.url, token(role, 'valid'), this.#plainly);
        if (state === 'used') {
          const asking = { ...this.#plainly, method: 'POST', body: { ticket } };
          const answer = await ask(`${this.url}/factory-iot/session`, asking);
          await endSession(this.url, String(json(answer)['token']), this.#plainly);
        }
        return ticket;
      },
    };
  }

  /** What the editor's users are given: by each of them and for each role, the role of who comes in by the ticket. */
  async editorTickets(): Promise<Record<string, string>> {
    const { agent } = this.#plainly;
    const editor = `${this.url}/editor`;
    const login = json(await ask(`${editor}/auth/login`, { agent }));
    const users = Object.keys(login).length === 0 ? ['nobody'] : ['nobody', 'reader', 'editor'];
    const given: Record<string, string> = {};
    for (const user of users) {
      const body = {
        client_id: 'node-red-editor',
        grant_type: 'password',
        scope: '',
        username: user,
        password: user,
      };
      const signedIn =
        user !== 'nobody' && (await ask(`${editor}/auth/token`, { method: 'POST', agent, body }));
      const headers = signedIn ? { authorization: `Bearer ${String(json(signedIn)['access_token'])}` } : {};
      for (const role of ['engineer', 'viewer']) {
        const answer = await ask(`${editor}/factory-iot/ticket/${role}`, {
          method: 'POST',
          agent,
          headers,
          body: {},
        });
        given[`${user} for ${role}`] =
          answer.status === 200 ? await this.#roleBy(json(answer)['ticket']) : `${answer.status}`;
      }
    }
    return given;
  }

  /** Whether a dashboard's socket, opened by a session, ends with that. */
  async endsScreen(dashboard: 1 | 2): Promise<boolean> {
    const body = { ticket: await ticketOf(this.url, this.#shown.token('viewer', 'valid'), this.#plainly) };
    const opened = json(
      await ask(`${this.url}/factory-iot/session`, { ...this.#plainly, method: 'POST', body }),
    );
    const bearer = String(opened['token']);
    const { socket, close } = open(this.url, {
      path: socketPath(dashboard),
      transports: ['websocket'],
      reconnection: false,
      extraHeaders: { 'x-factory-token': bearer },
    });
    await within(once(socket as never, 'connect'));
    const gone = once(socket as never, 'disconnect');
    await endSession(this.url, bearer, this.#plainly);
    await within(gone);
    close();
    return !socket.connected;
  }

  async #roleBy(ticket: unknown): Promise<string> {
    const asking = { ...this.#plainly, method: 'POST', body: { ticket } };
    const opened = json(await ask(`${this.url}/factory-iot/session`, asking));
    await endSession(this.url, String(opened['token']), this.#plainly);
    return String(opened['role']);
  }

  /** The relay and the device, as who may everything sees them. */
  async #state(): Promise<string> {
    const { relays } = json(await this.#asEngineer('/api/relays')) as { relays: Record<string, unknown> };
    const { devices } = json(await this.#asEngineer('/api/devices')) as unknown as {
      devices: { id: string; value: unknown }[];
    };
    return `${String(relays[RELAY])} ${String(devices.find(({ id }) => id === DEVICE)?.value)}`;
  }

  /** Waits until everything is there, and puts it to its beginning. */
  async untilReady(): Promise<void> {
    for (;;) {
      const answers = [
        await this.#asEngineer(`/api/relays/${RELAY}`, { action: 'off' }),
        await this.#asEngineer(`/api/devices/${DEVICE}/value`, { value: 0 }),
      ];
      // Right after a deploy it is not there yet.
      if (answers.every(({ status }) => status === 200) && (await this.#state()) === 'false 0') return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #asEngineer(path: string, body?: object): ReturnType<typeof ask> {
    const { headers, agent } = this.#plainly;
    return ask(this.url + path, {
      method: body ? 'POST' : 'GET',
      headers: { ...headers, 'x-factory-token': this.#shown.token('engineer', 'valid') },
      agent,
      body,
    });
  }
}

/** The same plant without an access node. */
export function flowWithout(): FlowNode[] {
  return accessFlow(undefined);
}

function flowOf(people: readonly Person[], more: object = {}): FlowNode[] {
  return accessFlow(accessOf(people, { nodeRedUsers: true, origins: ALLOWED_PAGE, ...more }));
}

function moves(way: Cell['way']): boolean {
  const takes: readonly string[] = WAYS[way].takes;
  return takes.includes('switch') || takes.includes('write');
}

function nameOf(who: Who): string {
  return typeof who === 'string' ? who : `${who.role} by ${who.state} ${who.by}`;
}
