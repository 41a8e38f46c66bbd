/** All clients of one server, each of which is to hear each change once. */
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { joinAll, type LightClient } from './light-client.ts';
import { changePath, recordOf, targetOf, type Kind } from './push-kinds.ts';
import type { ServerProcess } from './server-process.ts';

/** A delivery that takes longer is lost. */
const LOST_AFTER_MS = 10_000;
/** What a server says to whoever has joined is over then. */
const SETTLED_MS = 300;

const WARM_UP = 500;

const agent = new Agent({ keepAlive: true });

export class Group {
  readonly server: ServerProcess;
  readonly size: number;
  /** Deliveries that did not come in time, or a second time. */
  lost = 0;
  repeated = 0;
  readonly #kind: Kind;
  readonly #bytes: number;
  #clients: readonly LightClient[] = [];
  /** By client, the last value that it heard. */
  readonly #heard: number[];
  #value = 1;
  #wanted = Buffer.from('nothing yet');
  #times: number[] = [];
  #allHeard: () => void = () => {};

  private constructor(server: ServerProcess, size: number, bytes: number) {
    this.server = server;
    this.#kind = server.kind as Kind;
    this.size = size;
    this.#bytes = bytes;
    this.#heard = Array.from({ length: size }, () => 0);
  }

  static async join(server: ServerProcess, size: number, bytes: number): Promise<Group> {
    const group = new Group(server, size, bytes);
    group.#clients = await joinAll(targetOf(group.#kind, server.port), size, (index) => ({
      hear: ({ head }) => group.#hear(index, head),
    }));
    await delay(SETTLED_MS);
    return group;
  }

  /** Posts a change; how long it took to each client, milliseconds. Throws where the connection of one has ended. */
  async change(): Promise<readonly number[]> {
    const value = ++this.#value;
    this.#wanted = Buffer.from(`"value":${value},`);
    this.#times = [];
    const heard = new Promise<void>((resolve) => (this.#allHeard = resolve));
    const giveUp = new AbortController();
    const began = performance.now();
    const answered = post(this.server.port, changePath(this.#kind), recordOf(value, this.#bytes));
    await Promise.race([heard, delay(LOST_AFTER_MS, undefined, giveUp).catch(() => {})]);
    giveUp.abort();
    await answered;
    this.lost += this.size - this.#times.length;
    const gone = this.#clients.find(({ lost }) => lost);
    if (gone) throw new Error(`${this.#kind}: a client is gone`, { cause: gone.lost });
    return this.#times.map((time) => time - began);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #hear(index: number, head: Buffer): void {
    if (!head.includes(this.#wanted)) return;
    if (this.#heard[index] === this.#value) {
      this.repeated++;
      return;
    }
    this.#heard[index] = this.#value;
    this.#times.push(performance.now());
    if (this.#times.length === this.size) this.#allHeard();
  }
}

/** Makes a server's way from a `POST` on as fast as it becomes with use. */
export async function warmUp(server: ServerProcess, bytes: number): Promise<void> {
  const path = changePath(server.kind as Kind);
  for (let change = 0; change < WARM_UP; change++) await post(server.port, path, recordOf(change, bytes));
}

/** Throws unless light clients hear of some changes exactly what the library hears that everyone uses. */
export async function checkAgainstLibrary(server: ServerProcess, bytes: number): Promise<void> {
  const kind = server.kind as Kind;
  const target = targetOf(kind, server.port);
  const [CHANGES, LIGHT] = [5, 3];
  const changesIn = (heard: readonly string[]): string[] =>
    // Where the first one of ours begins depends on when the client has joined.
    heard.filter((text) => /"value":9\d\d\d,/.test(text)).map((text) => text.replace(/"from":\d+,/, ''));
  const light: string[][] = Array.from({ length: LIGHT }, () => []);
  const clients = await joinAll(target, LIGHT, (index) => ({
    hear: ({ head }) => light[index]!.push(head.toString()),
  }));
  const library: string[] = [];
  const close = await listenByLibrary(target, (text) => library.push(text));
  await delay(SETTLED_MS);
  for (let change = 0; change < CHANGES; change++) {
    await post(server.port, changePath(kind), recordOf(9000 + change, bytes));
    await delay(120);
  }
  await delay(SETTLED_MS);
  close();
  for (const client of clients) client.close();
  const expected = changesIn(library);
  const same = light.every((heard) => changesIn(heard).join('\n') === expected.join('\n'));
  if (!same || expected.length !== CHANGES) {
    const counts = light.map((heard) => changesIn(heard).length);
    throw new Error(
      `${kind}: of ${CHANGES} changes the library heard ${expected.length}, ours ${counts.join()}`,
    );
  }
}

/** A client of the library that the server is made for; what it hears as text as it is on the wire. */
async function listenByLibrary(
  { port, path, socketIo }: ReturnType<typeof targetOf>,
  hear: (text: string) => void,
): Promise<() => void> {
  if (!socketIo) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    socket.on('message', (data: Buffer) => hear(data.toString()));
    await once(socket, 'open');
    return () => socket.terminate();
  }
  const socket = io(`http://127.0.0.1:${port}`, {
    path: path.split('?')[0]!,
    transports: ['websocket'],
    forceNew: true,
    auth: socketIo.auth ?? {},
  });
  socket.onAny((...event: unknown[]) => hear(`42${JSON.stringify(event)}`));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return () => void socket.close();
}

/** Throws unless it is taken. */
async function post(port: number, path: string, body: object): Promise<void> {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const asked = request({ port, host: '127.0.0.1', path, method: 'POST', headers, agent });
  asked.end(text);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  if (answer.statusCode !== 200) throw new Error(`POST ${path} is answered with ${answer.statusCode}`);
}
