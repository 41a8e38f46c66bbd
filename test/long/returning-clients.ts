/**
 * Many clients in a process of their own: `node returning-clients.ts SETTINGS`. Bare WebSockets that speak Engine.IO's text and do as our
 * client does: two thousand of the real one would be slower in one process than any server.
 */
import { Agent, request, type ClientRequest } from 'node:http';
import { WebSocket } from 'ws';
import type { Update } from '../../lib/live/protocol.ts';
import { serveOrders } from './children.ts';

export interface ManySettings {
  readonly port: number;
  readonly count: number;
  /** Who they are, in turn; none: nobody. */
  readonly tokens: readonly string[];
}

/** What they are asked. */
export type Order = 'count' | 'states';

export interface Count {
  /** How many are connected and have been told where they are. */
  readonly live: number;
  /** How many times one of them has been let in. */
  readonly joined: number;
  /** How many times one of them was turned away or not answered in time. */
  readonly refused: number;
  /** How many polls over HTTP have been answered, and how many not. */
  readonly polled: number;
  readonly unanswered: number;
  /** Updates that did not begin where the client was. */
  readonly gaps: number;
}

/** Each state that there is, as JSON of topics and payloads, and how many have it. */
export type States = readonly (readonly [state: string, clients: number])[];

// As our client has them.
const HANDSHAKE_WITHIN_MS = 5000;
const RETRY_MS = 1000;
const MAX_RETRY_MS = 5000;
const POLL_EACH_MS = 2000;
const LIVE_WITHIN_MS = 5000;
const POLL_WITHIN_MS = 4000;

const { port, count, tokens } = JSON.parse(process.argv[2]!) as ManySettings;
const agent = new Agent({ keepAlive: true });
const total = { live: 0, joined: 0, refused: 0, polled: 0, unanswered: 0, gaps: 0 };
/** One copy of what many are told alike. */
const texts = new Map<string, string>();

class Screen {
  /** The last snapshot and the changes since, without their timestamps. */
  readonly #told: string[] = [];
  readonly #token: string | undefined;
  #at: { readonly epoch: string; readonly seq: number } | undefined;
  #failures = 0;
  #isLive = false;
  #asked: ClientRequest | undefined;
  #pollAgain: NodeJS.Timeout | undefined;

  constructor(token: string | undefined) {
    this.#token = token;
    this.#connect();
    this.#pollAgain = setTimeout(() => this.#poll(0), LIVE_WITHIN_MS);
  }

  get state(): string {
    const state = new Map<string, unknown>();
    for (const text of this.#told) {
      const update = JSON.parse(text) as Update;
      for (const [topic, payload] of update.kind === 'snapshot' ? update.state : update.changes) {
        if (payload === null) state.delete(topic);
        else state.set(topic, payload);
      }
    }
    return JSON.stringify(Array.from(state).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #connect(): void {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    const giveUp = setTimeout(() => socket.terminate(), HANDSHAKE_WITHIN_MS);
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (text === '2') socket.send('3');
      else if (text.startsWith('0{')) socket.send(`40${JSON.stringify(this.#handshake)}`);
      else if (text.startsWith('44')) socket.close();
      else if (text.startsWith('42["plant_update",')) {
        clearTimeout(giveUp);
        this.#take(text.slice('42["plant_update",'.length, -1));
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(giveUp);
      if (this.#isLive) this.#lost();
      else total.refused++;
      const delay = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#failures++);
      setTimeout(() => this.#connect(), delay * (0.5 + Math.random()));
    });
  }

  get #handshake(): object {
    const { epoch, seq } = this.#at ?? {};
    return {
      protocol: 2,
      ...(epoch && { since: `${epoch}.${seq}` }),
      ...(this.#token && { token: this.#token }),
    };
  }

  #lost(): void {
    total.live--;
    this.#isLive = false;
    this.#poll(0);
  }

  #take(text: string): void {
    if (!this.#isLive) {
      this.#isLive = true;
      this.#failures = 0;
      this.#stopPolling();
      total.live++;
      total.joined++;
    }
    this.#apply(text);
  }

  /** Something older than what is known, as an answer over HTTP may be, takes nothing back. */
  #apply(text: string): void {
    const [, kind, epoch = '', from, upTo] =
      /^\{"kind":"(\w+)","epoch":"([\w-]+)",(?:"from":(\d+),)?"seq":(\d+)/.exec(text) ?? [];
    const seq = Number(upTo);
    const isOfThis = this.#at?.epoch === epoch;
    if (isOfThis && seq < this.#at!.seq) return;
    if (kind === 'snapshot') this.#told.splice(0);
    else if (!isOfThis || Number(from) > this.#at!.seq) total.gaps++;
    const bare = `${text.slice(0, text.lastIndexOf(',"timestamp"'))}}`;
    if (!texts.has(bare)) texts.set(bare, bare);
    this.#told.push(texts.get(bare)!);
    this.#at = { epoch, seq };
  }

  #stopPolling(): void {
    clearTimeout(this.#pollAgain);
    this.#asked?.destroy();
    this.#asked = undefined;
  }

  #poll(failures: number): void {
    const since = this.#at ? `?since=${this.#at.epoch}.${this.#at.seq}` : '';
    const asked = request({
      port,
      host: '127.0.0.1',
      path: `/api/v2/changes${since}`,
      agent,
      timeout: POLL_WITHIN_MS,
      headers: this.#token ? { authorization: `Bearer ${this.#token}` } : {},
    });
    this.#asked = asked;
    const again = (ms: number, failed: number): void => {
      if (this.#asked !== asked) return;
      this.#asked = undefined;
      if (failed > 0) total.unanswered++;
      else total.polled++;
      this.#pollAgain = setTimeout(() => this.#poll(failed), ms * (0.9 + Math.random() / 5));
    };
    const backOff = (): void => again(Math.min(MAX_RETRY_MS, POLL_EACH_MS * 2 ** failures), failures + 1);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', backOff);
      response.on('end', () => {
        if (response.statusCode !== 200) return backOff();
        if (this.#asked === asked) this.#apply(text);
        again(POLL_EACH_MS, 0);
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('late')));
    asked.on('error', backOff);
    asked.end();
  }
}

const screens = Array.from({ length: count }, (_, index) => new Screen(tokens[index % tokens.length]));
serveOrders({}, (order: Order): Count | States => {
  if (order === 'count') return { ...total };
  const states = new Map<string, number>();
  for (const { state } of screens) states.set(state, (states.get(state) ?? 0) + 1);
  return [...states];
});
