/** A plant on a real HTTP server: the live link, the HTTP contract, and a board, wired as the nodes wire them. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Access } from '../../lib/access/access.ts';
import { stamp } from '../../lib/access/principal.ts';
import { digest } from '../../lib/access/secret.ts';
import { parseAccess } from '../../lib/access/settings.ts';
import { authoriseMessage } from '../../lib/access/wire.ts';
import { sendAnswer } from '../../lib/api/http.ts';
import { serve, type Desk, type MessageRequest } from '../../lib/api/serve.ts';
import { isWithin } from '../../lib/base/depth.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import type { FakeClock } from '../../lib/base/fake-clock.ts';
import { forgetSimulated, SimulatedDriver } from '../../lib/gpio/simulated.ts';
import { answer } from '../../lib/live/answer.ts';
import type { FromClient } from '../../lib/live/live-events.ts';
import { MAX_DEPTH } from '../../lib/live/incoming.ts';
import { LiveServer } from '../../lib/live/live-server.ts';
import { Mounts } from '../../lib/live/mount.ts';
import { askRelay } from '../../lib/plant/ask-relay.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { Board } from '../../lib/relays/board.ts';
import { parseChannels } from '../../lib/relays/channels.ts';
import { MemoryStore } from '../../lib/store/memory.ts';
import { contextOf } from '../../nodes/factory-api/context.ts';
import { CLOSED, startWeb } from '../lib/api/web.ts';
import { PEOPLE, tokenOf } from './people.ts';
import { RELAYS } from './values.ts';

export const MAX_CLIENTS = 200;
export const MAX_HALF_OPEN = 200;
export interface FuzzPlant {
  readonly port: number;
  readonly server: Server;
  readonly live: LiveServer;
  /** The connections of everybody but the bystanders. */
  readonly strangers: ReadonlySet<Socket>;
  readonly clock: FakeClock;
  /** What must not be and was, in words; whoever looks takes it out. */
  readonly faults: string[];
  /** What became of commands and of whoever was refused, by its code. */
  readonly codes: Set<string>;
  /** How often a relay has moved. */
  readonly moves: (relay: (typeof RELAYS)[number]) => number;
  readonly stop: () => Promise<void>;
}

export async function openPlant(): Promise<FuzzPlant> {
  const faults: string[] = [];
  const codes = new Set<string>();
  let mounts: Mounts;
  let desk: Desk;
  const web = await startWeb(
    (app) =>
      app.use((request, response, next) => {
        if (!web.guard.admitted(request)) next();
        else
          void serve(desk, request as MessageRequest, request.body).then((said) =>
            sendAnswer(response, said),
          );
      }),
    { ahead: (app) => app.use((request, response, next) => mounts.handler(request, response, next)) },
  );
  const { clock, server } = web;
  const strangers = new Set<Socket>();
  server.on('connection', (socket) => {
    if (socket.remoteAddress === '127.0.0.1') return;
    strangers.add(socket);
    socket.once('close', () => strangers.delete(socket));
  });
  mounts = new Mounts(clock);
  const access = new Access(clock);
  const secrets = Object.fromEntries(PEOPLE.map(({ id, name }) => [id, digest(tokenOf(name))]));
  access.configure(parseAccess({ people: PEOPLE }, JSON.stringify(secrets)));
  const policy = { ...CLOSED, access };
  const plant = new Plant({ name: 'fuzz', clock, store: new MemoryStore() });
  await plant.ready;
  const board = new Board({
    name: 'fuzz',
    channels: parseChannels(RELAYS.map((id, line) => ({ id, line }))),
    driver: new SimulatedDriver('fuzz'),
    clock,
    log: (entry) => plant.log(entry),
  });
  await board.open();
  const live = new LiveServer({ clock, policy, maxClients: MAX_CLIENTS, maxHalfOpen: MAX_HALF_OPEN });
  const detach = mounts.attach(server, '/socket.io', live);
  const leave = [
    plant.relays.events.on('change', ({ id, relay }) => {
      live.publish(`relays/${id}`, relay);
      const by = relay?.by ?? null;
      // What the operator began may end by itself.
      if (by !== null && (id === 'a' ? by === 'viewer' || by === 'device' : by !== 'engineer'))
        faults.push(`${by} moved the relay ${id}`);
    }),
    live.events.on('refused', ({ code }) => codes.add(`refused ${code}`)),
    ...wire(live, plant, access, { faults, codes }),
  ];
  const remove = plant.relays.add(board);
  live.publish('devices/d1', { id: 'd1', value: 1 });
  live.publish('system/stats', { cpu: { percent: 1 } });
  const surroundings = { api: '/api', socket: '/socket.io', nodeRed: '0', editor: undefined, dashboards: [] };
  const context = (): ReturnType<typeof contextOf> => contextOf(plant, live, surroundings);
  desk = { guard: web.guard, root: '', policy, surroundings, onRefused: () => {}, context };
  const deactivate = web.activate({
    policy,
    onRefused: ({ code }) => codes.add(`refused ${code} over HTTP`),
    onError: (error) => faults.push(`an error of the API: ${String(error)}`),
  });
  return {
    port: Number(new URL(web.url).port),
    server,
    live,
    strangers,
    clock,
    faults,
    codes,
    moves: (relay) => plant.relays.get(relay)!.rev,
    async stop() {
      deactivate();
      detach();
      for (const off of leave) off();
      await live.close();
      remove();
      await board.close();
      await plant.close();
      forgetSimulated('fuzz');
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      // Those that were upgraded are not the server's any more.
      for (const socket of strangers) socket.destroy();
      await closed;
    },
  };
}

/** What live clients and relay nodes do, and a flow that answers every other event of a client's own with what it was sent. */
function wire(
  live: LiveServer,
  plant: Plant,
  access: Access,
  { faults, codes }: Pick<FuzzPlant, 'faults' | 'codes'>,
): (() => void)[] {
  const allowed = (what: string, { principal: { name } }: FromClient): void => {
    if (name !== 'operator' && name !== 'engineer') faults.push(`${what} of the ${name} was heard`);
  };
  const tell = (session: object, topic: string, payload: unknown): void => {
    try {
      answer(live, session, topic, payload);
    } catch (error) {
      // The client has gone meanwhile, or its event has a name that no answer can have.
      if (!(error instanceof FactoryError)) faults.push(`an answer failed: ${String(error)}`);
    }
  };
  let count = 0;
  return [
    live.events.on('command', ({ relay, payload, ack, ...from }) => {
      allowed('a command', from);
      const { session: id, address, principal } = from;
      const mark = { type: 'factory-iot', id, ...(ack !== undefined && { ack }) };
      const message = { _session: mark, factory: { by: stamp(principal) } };
      const name = relay.replace(/^relays\//, '');
      const { area } = plant.relays.get(name) ?? {};
      const verdict = authoriseMessage(message, { trustDashboards: false, access }, 'switch', {
        relay: name,
        area,
      });
      void askRelay(plant, { relay: name, payload, verdict, from: address }).then((result) => {
        codes.add(result.code);
        tell(mark, 'command_result', result);
      });
    }),
    live.events.on('message', ({ event, args, ack, ...from }) => {
      allowed('an event', from);
      codes.add('an event');
      if (!args.every((arg) => isWithin(arg, MAX_DEPTH))) faults.push(`an event of any depth was heard`);
      if (count++ % 2 === 0)
        tell({ type: 'factory-iot', id: from.session, ...(ack !== undefined && { ack }) }, event, args);
    }),
  ];
}
