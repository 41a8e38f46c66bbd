/** Every way to the plant, each gone once by one who shows something; tells how it went. */
import type { Agent } from 'node:http';
import type { Socket } from 'socket.io-client';
import { UPDATE } from '../../lib/live/protocol.ts';
import { open } from '../integration/clients.ts';
import { ask, json, type Asking } from './ask.ts';
import { DEVICE, RELAY, SEEN } from './flow.ts';
import { endSession, ticketOf } from './people.ts';
import type { PlantProcess } from './plant.ts';
import type { Way } from './rules.ts';

/** How one goes: with what in hand, and in what surroundings. */
export interface Journey {
  readonly plant: PlantProcess;
  /** Where the plant is found from there. */
  readonly url: string;
  readonly agent: Agent;
  /** What goes along with each request, besides what says who it is. */
  readonly headers: Readonly<Record<string, string>>;
  /** Asks in surroundings in which nothing is refused, for what has to be had before. */
  readonly plainly: Asking & { readonly url: string };
  readonly shows: Showing;
}

/** What one has in hand. `makeTicket`: a ticket is made just before it is used. */
export interface Showing {
  readonly bearer?: string;
  readonly page?: string;
  readonly makeTicket?: () => Promise<string>;
}

/** An {@link Outcome}, or what else was answered. */
type Went = string;
export type Result = Partial<Record<Way, Went>>;
export interface Operation {
  readonly ways: readonly Way[];
  readonly go: (journey: Journey) => Promise<Result>;
}

const ON = { action: 'on' };

/** `Authorization` is Node-RED's where it asks for its own password. */
function headersOf({ headers, shows: { bearer, page } }: Journey): Record<string, string> {
  const own: Record<string, string> =
    headers['authorization'] === undefined && bearer !== undefined
      ? { authorization: `Bearer ${bearer}` }
      : bearer !== undefined
        ? { 'x-factory-token': bearer }
        : {};
  return { ...headers, ...own, ...(page !== undefined && { cookie: `a=b; factory_page=${page}` }) };
}

function outcomeOf(status: number): Went {
  if (status === 200 || status === 204) return 'yes';
  return status === 401 ? 'unauthenticated' : status === 403 ? 'forbidden' : `${status}`;
}

/** Over HTTP a ticket is first turned into a session, which is over afterwards. */
async function withSession(
  journey: Journey,
  go: (journey: Journey) => Promise<Result>,
  ways: readonly Way[],
): Promise<Result> {
  const { makeTicket } = journey.shows;
  if (!makeTicket) return go(journey);
  const { url, agent, headers, plainly } = journey;
  const body = { ticket: await makeTicket() };
  const answer = await ask(`${url}/factory-iot/session`, { method: 'POST', agent, headers, body });
  if (answer.status !== 200) return Object.fromEntries(ways.map((way) => [way, outcomeOf(answer.status)]));
  const bearer = String(json(answer)['token']);
  const result = await go({ ...journey, shows: { bearer } });
  await endSession(plainly.url, bearer, plainly);
  return result;
}

function http(way: Way, method: string, path: string, body?: object): Operation {
  const go = async (journey: Journey): Promise<Result> => {
    const { url, agent } = journey;
    const answer = await ask(url + path, { method, agent, headers: headersOf(journey), body });
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    // A relay node behind an http in says no in its result.
    const { ok, code } = isJson ? json(answer) : {};
    if (answer.status === 200 && ok === false) return { [way]: String(code) };
    return { [way]: outcomeOf(answer.status) };
  };
  return { ways: [way], go: (journey) => withSession(journey, go, [way]) };
}

/** Resolves with undefined once it is connected, else with why not. */
async function connected(socket: Socket): Promise<Went | undefined> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('connect_error', (error: Error & Partial<Failure>) => {
      const { data, description } = error;
      const said =
        typeof description === 'number' ? description : /\d{3}/.exec(description?.message ?? '')?.[0];
      resolve(data?.code ?? (said === undefined ? error.message : outcomeOf(Number(said))));
    });
  });
}
interface Failure {
  /** Said to who may not join. */
  readonly data: { readonly code: string };
  /** Of the transport: a status, or an error that has it in its words. */
  readonly description: number | { readonly message?: string };
}

function live(way: 'websocket' | 'polling' | 'protocol2'): Operation {
  const command = `${way}Command` as const;
  const ways = [way, command] as const;
  const transport = way === 'polling' ? 'polling' : 'websocket';
  return {
    ways,
    async go({ url, agent, headers, shows: { bearer, page, makeTicket } }) {
      // One says it in the handshake, the other in a header: both are ways to say it.
      const inHeader = transport === 'polling' && bearer !== undefined;
      const auth = makeTicket
        ? { ticket: await makeTicket() }
        : bearer !== undefined && !inHeader
          ? { token: bearer }
          : {};
      const client = open(url, {
        transports: [transport],
        reconnection: false,
        agent,
        auth: { ...auth, ...(way === 'protocol2' && { protocol: 2 }) },
        extraHeaders: {
          ...headers,
          ...(inHeader && { 'x-factory-token': bearer }),
          ...(page !== undefined && { cookie: `factory_page=${page}` }),
        },
      });
      const { socket, heard } = client;
      try {
        const why = await connected(socket);
        if (why !== undefined) return { [way]: why, [command]: why };
        // Who may read is told what there is.
        const isTold = way !== 'protocol2' || heard.some(({ event }) => event === UPDATE);
        if (!isTold) await client.next(UPDATE);
        const { ok, code } = (await socket.emitWithAck('command', { relay: RELAY, ...ON })) as Said;
        return { [way]: 'yes', [command]: ok ? 'yes' : code };
      } finally {
        client.close();
      }
    },
  };
}
interface Said {
  readonly ok: boolean;
  readonly code: string;
}

/** What a page of the dashboard sends of a native switch, and of a template. */
const SENDS = {
  1: {
    path: '/ui/socket.io',
    press: (socket: Socket) =>
      socket.emit('update-value', { id: 'd1-switch', value: true, socketid: socket.id }),
    tell: (socket: Socket, msg: object) =>
      socket.emit('update-value', { id: 'd1-who', msg, socketid: socket.id }),
  },
  2: {
    path: '/dashboard/socket.io',
    press: (socket: Socket) => socket.emit('widget-change', 'd2-switch', true),
    tell: (socket: Socket, msg: object) => socket.emit('widget-send', 'd2-who', msg),
  },
} as const;

/** A screen of a dashboard, as its page behaves. */
export function screenAt(dashboard: 1 | 2, plant: PlantProcess, socket: Socket): Screen {
  const [resultAt, boundAt] = SEEN[dashboard];
  const { press, tell } = SENDS[dashboard];
  return {
    async press() {
      const seen = plant.seen(resultAt, socket.id!);
      press(socket);
      const { ok, code } = (await seen).payload as Said;
      return ok ? 'yes' : code;
    },
    async signIn(ticket) {
      const seen = plant.seen(boundAt, socket.id!);
      tell(socket, { topic: 'factory-sign-in', payload: ticket });
      return (await seen).payload;
    },
  };
}
export interface Screen {
  /** Presses the native switch; tells what the relay node made of it. */
  press(): Promise<Went>;
  /** Tells who is at it; resolves with what the guard says of that. */
  signIn(ticket: string): Promise<unknown>;
}

export const socketPath = (dashboard: 1 | 2): string => SENDS[dashboard].path;

function screen(dashboard: 1 | 2): Operation {
  const name = `dashboard${dashboard}` as const;
  const ways = [`${name}Socket`, `${name}Switch`, `${name}Bound`] as const;
  const [joins, presses, signsIn] = ways;
  const go = async (journey: Journey): Promise<Result> => {
    const { url, agent, plant, plainly, shows } = journey;
    const { socket, close } = open(url, {
      path: socketPath(dashboard),
      transports: ['websocket'],
      reconnection: false,
      agent,
      extraHeaders: headersOf(journey),
    });
    try {
      const why = await connected(socket);
      if (why !== undefined) return { [joins]: why, [presses]: why, [signsIn]: why };
      const at = screenAt(dashboard, plant, socket);
      const unbound = await at.press();
      const { bearer } = shows;
      await at.signIn(bearer === undefined ? 'none' : await ticketOf(plainly.url, bearer, plainly));
      return { [joins]: 'yes', [presses]: unbound, [signsIn]: await at.press() };
    } finally {
      close();
    }
  };
  return { ways, go: (journey) => withSession(journey, go, ways) };
}

export const OPERATIONS: readonly Operation[] = [
  http('httpRead', 'GET', '/api/devices'),
  http('httpWrite', 'POST', `/api/devices/${DEVICE}/value`, { value: 1 }),
  http('httpSwitch', 'POST', `/api/relays/${RELAY}`, ON),
  http('httpAudit', 'GET', '/api/audit?limit=1'),
  http('httpChanges', 'GET', '/api/v2/changes'),
  http('httpCommand', 'POST', '/api/v2/command', { relay: RELAY, ...ON }),
  http('guard', 'POST', '/own', {}),
  http('wireBehindRead', 'POST', '/wire/read', ON),
  http('wireBehindWrite', 'POST', '/wire/write', ON),
  live('websocket'),
  live('polling'),
  live('protocol2'),
  http('dashboard1Page', 'GET', '/ui/'),
  screen(1),
  http('dashboard2Page', 'GET', '/dashboard/plant'),
  screen(2),
];
