/**
 * Clients of which some stop reading: `node stalled-clients.ts SETTINGS`. Bare WebSockets that speak Engine.IO's text, because these
 * can stop reading as a stuck machine does, and still say that they are there as a slow one does.
 */
import { WebSocket } from 'ws';
import type { DeviceList } from '../../lib/live/legacy.ts';
import type { Update } from '../../lib/live/protocol.ts';
import { quantile } from '../../bench/table.ts';
import { serveOrders } from './children.ts';
import { machineTime } from './machine-time.ts';

/** `stops`: whether it stops reading; `answers`: whether it goes on saying that it is there. */
export interface Group {
  readonly name: string;
  readonly count: number;
  readonly protocol: 1 | 2;
  readonly topics: string;
  readonly stops?: { readonly answers: boolean };
}

export interface ClientsSettings {
  readonly port: number;
  readonly groups: readonly Group[];
}

export type Order = 'stop' | 'go-on' | 'look';

/** What has become of a group. */
export interface Look {
  readonly name: string;
  /** The sockets that its clients have, as the server names them. */
  readonly sessions: readonly string[];
  /** How many times they have lost their connection. */
  readonly lost: number;
  /** Updates that did not begin where the client was, and events to everybody that were missed while it was connected. */
  readonly gaps: number;
  /** The fewest and the most updates or lists of one of them, since it was looked at before. */
  readonly updates: readonly [least: number, most: number];
  /** From the server to the client, ms, since it was looked at before. */
  readonly latency: { readonly p50: number; readonly p99: number };
  /** The last event to everybody that each has heard. */
  readonly beats: readonly number[];
  /** Each state that they have, as the values of all devices that they want, and how many have it. */
  readonly states: readonly (readonly [state: string, clients: number])[];
}

const ANSWER_EACH_MS = 1000;

class Client {
  readonly group: Group;
  readonly values = new Map<string, number>();
  session = '';
  lost = 0;
  gaps = 0;
  updates = 0;
  beat = 0;
  latencies: number[] = [];
  #socket: WebSocket;
  #at: { readonly epoch: string; readonly seq: number } | undefined;
  #list: string | undefined;
  #isStopped = false;
  #answering: NodeJS.Timeout | undefined;
  readonly #ready: () => void;

  constructor(group: Group, ready: () => void) {
    this.group = group;
    this.#ready = ready;
    this.#socket = this.#connect();
  }

  stop(): void {
    this.#isStopped = true;
    this.#socket.pause();
    if (this.group.stops?.answers)
      this.#answering = setInterval(() => this.#socket.send('3'), ANSWER_EACH_MS);
  }

  goOn(): void {
    this.#isStopped = false;
    clearInterval(this.#answering);
    if (this.#socket.readyState === WebSocket.CLOSED) this.#comeBack();
    else this.#socket.resume();
  }

  #comeBack(): void {
    setTimeout(() => (this.#socket = this.#connect()), 200);
  }

  #connect(): WebSocket {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    socket.on('message', (data) => this.#hear(socket, (data as Buffer).toString()));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.lost++;
      this.beat = 0;
      // A machine that is stuck does not come back before it goes on.
      if (!this.#isStopped) this.#comeBack();
    });
    return socket;
  }

  #hear(socket: WebSocket, text: string): void {
    if (text === '2') {
      if (!this.#isStopped) socket.send('3');
    } else if (text.startsWith('0{')) socket.send(`40${JSON.stringify(this.#handshake)}`);
    else if (text.startsWith('40{')) {
      this.session = (JSON.parse(text.slice(2)) as { sid: string }).sid;
      this.#ready();
    } else if (text.startsWith('42["')) {
      if (text.startsWith('42["devices_update",')) return this.#takeList(text);
      const [event, payload] = JSON.parse(text.slice(2)) as [string, unknown];
      if (event === 'beat') this.#hearBeat(payload as { number: number; at: number });
      else if (event === 'plant_update') this.#take(payload as Update);
    }
  }

  get #handshake(): object {
    const { protocol, topics } = this.group;
    if (protocol === 1) return {};
    return { protocol, topics, ...(this.#at && { since: `${this.#at.epoch}.${this.#at.seq}` }) };
  }

  #hearBeat({ number, at }: { number: number; at: number }): void {
    if (this.beat !== 0 && number !== this.beat + 1) this.gaps++;
    this.beat = number;
    this.latencies.push(machineTime() - at);
  }

  #take(update: Update): void {
    this.updates++;
    if (update.kind === 'changes' && (update.epoch !== this.#at?.epoch || update.from !== this.#at.seq))
      this.gaps++;
    this.#at = { epoch: update.epoch, seq: update.seq };
    for (const [topic, payload] of update.kind === 'snapshot' ? update.state : update.changes)
      this.values.set(topic, (payload as { value: number }).value);
  }

  /** Read only where it is looked at: that is ten times a second as much as all else. */
  #takeList(text: string): void {
    this.updates++;
    this.#list = text;
  }

  /** The value of each device, in the order of their ids. */
  get state(): string {
    if (this.#list !== undefined) {
      const [, { devices }] = JSON.parse(this.#list.slice(2)) as [string, DeviceList];
      for (const { id, value } of devices as { id: string; value: number }[]) this.values.set(id, value);
    }
    return Array.from(this.values)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, value]) => value)
      .join();
  }
}

const { port, groups } = JSON.parse(process.argv[2]!) as ClientsSettings;
const clients: Client[] = [];
for (const group of groups) {
  for (let index = 0; index < group.count; index++)
    await new Promise<void>((resolve) => clients.push(new Client(group, resolve)));
}

serveOrders({}, (order: Order) => {
  for (const client of clients.filter(({ group }) => group.stops)) {
    if (order === 'stop') client.stop();
    if (order === 'go-on') client.goOn();
  }
  return order === 'look' ? groups.map(look) : {};
});

function look(group: Group): Look {
  const own = clients.filter((client) => client.group === group);
  const states = new Map<string, number>();
  for (const { state } of own) states.set(state, (states.get(state) ?? 0) + 1);
  const updates = own.map((client) => client.updates);
  const latencies = own.flatMap((client) => client.latencies);
  for (const client of own) Object.assign(client, { updates: 0, latencies: [] });
  return {
    name: group.name,
    sessions: own.map(({ session }) => session),
    lost: own.reduce((all, { lost }) => all + lost, 0),
    gaps: own.reduce((all, { gaps }) => all + gaps, 0),
    updates: [Math.min(...updates), Math.max(...updates)],
    latency: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    beats: own.map(({ beat }) => beat),
    states: [...states],
  };
}
