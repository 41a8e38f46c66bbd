import type { Changes, Entry, Handshake, Rows, Snapshot, Update } from '../lib/live/protocol.ts';
import { CLIENT_PARAMETER, PROTOCOL, SUBSCRIBE, UPDATE } from '../lib/live/protocol.ts';
import { none, type ClientClock } from './clock.ts';
import { Refused, type Answer } from './http-link.ts';
import type { PlantState } from './plant-state.ts';
import { isObject, type Fields } from './shapes.ts';

/** A server greets at once; one that has not by then, on a slow network, knows no greeting. */
const GREETING_WITHIN_MS = 1000;
const SUBSCRIBE_WITHIN_MS = 5000;
/** The lists of the contract, as they are asked for. */
const LISTS = ['devices', 'relays', 'system_stats'];

export interface FeedOptions {
  /** What this client calls itself. */
  readonly name: string;
  readonly plant: PlantState;
  readonly clock: ClientClock;
  readonly emit: (event: string) => void;
  readonly ask: (within: number, event: string, ...args: unknown[]) => Promise<unknown>;
  /** Hears the server's wall clock, whatever it is. */
  readonly timestamp: (timestamp: unknown) => void;
  /** Hears the server's clocks of an answer, whatever they are; `isOther`: they may be those of another process than before. */
  readonly clocks: (clocks: unknown, took: number, isOther: boolean) => void;
  /** After a connection was made: all of the plant is known as it is now. */
  readonly whole: () => void;
}

/**
 * How the page learns what the plant is: by numbered changes, on the socket and over HTTP by the same cursor, from a server
 * that knows the live protocol; by the contract's lists from any other.
 */
export class Feed {
  readonly #options: FeedOptions;
  /** Where it is; undefined where it is nowhere, or the server counts nothing. */
  #cursor:
    | {
        readonly epoch: string;
        readonly seq: number;
        /** What has come so far of a snapshot that is told in parts: a page does not see half a plant. */
        readonly gathered?: readonly Entry[];
      }
    | undefined;
  /** What has to come until all is known again. */
  #awaited = new Set<string>();
  #cancel = none;
  #isResuming = false;
  /** Over HTTP the server knows the contract alone. */
  #listsAlone = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** What to say in the handshake, beside who it is. */
  get handshake(): Handshake {
    const since = this.#since;
    return { protocol: PROTOCOL, fields: true, ...(since !== undefined && { since }) };
  }

  /** A live connection is there. */
  up(): void {
    this.#awaited = new Set(['update']);
    this.#isResuming = false;
    this.#listsAlone = false;
    this.#cancel();
    this.#cancel = this.#options.clock.after(GREETING_WITHIN_MS, () => this.#request());
  }

  down(): void {
    this.#cancel();
    this.#awaited.clear();
  }

  /** Forgets where it was, with all that the page knows. */
  clear(): void {
    this.down();
    this.#cursor = undefined;
    this.#options.plant.clear();
  }

  /** Takes an event of the socket; false where it is not of the plant. */
  hear(event: string, payload: unknown): boolean {
    if (event === 'connected') {
      this.#cancel();
      if (!isObject(payload) || payload['protocol'] !== PROTOCOL) this.#request();
      return true;
    }
    if (event === UPDATE) {
      this.#take(payload);
      return true;
    }
    const heard = this.#options.plant.hearList(event, payload);
    if (heard === undefined) return false;
    if (isObject(payload)) this.#options.timestamp(payload['timestamp']);
    if (heard) this.#arrived(event);
    return true;
  }

  /** Asks for all that is new, once; resolves to how long the answer took, undefined where nobody wants it any more. */
  async poll(get: (path: string) => Promise<Answer>, signal: AbortSignal): Promise<number | undefined> {
    while (!this.#listsAlone) {
      const since = this.#since;
      const where = `${CLIENT_PARAMETER}=${this.#options.name}${since === undefined ? '' : `&since=${since}`}`;
      const answer = await get(`/v2/changes?${where}`);
      if (signal.aborted) return undefined;
      if (answer.ok) {
        const update = readUpdate(answer.body);
        if (!update) throw new Error('the answer of the server is no update');
        this.#options.clocks(answer.body['clock'], answer.took, update.epoch !== this.#cursor?.epoch);
        // Where it is an answer to something else: from the beginning, the next time.
        if (!this.#apply(update)) this.#cursor = undefined;
        else if (update.more === true) continue;
        return answer.took;
      }
      if (answer.status !== 404) throw new Refused(answer);
      this.#listsAlone = true;
    }
    return this.#pollLists(get, signal);
  }

  async #pollLists(get: (path: string) => Promise<Answer>, signal: AbortSignal): Promise<number | undefined> {
    const { plant, timestamp } = this.#options;
    const devices = await get('/devices');
    if (!devices.ok) throw new Refused(devices);
    const [relays, stats] = await Promise.all([get('/relays'), get('/system/stats')]);
    if (signal.aborted) return undefined;
    // An answer that says why there are no relays is one, too; before the first sample there are no statistics.
    if (!relays.ok && !(relays.status === 501 || relays.status === 404)) throw new Refused(relays);
    for (const { body } of [devices, stats]) timestamp(body['timestamp']);
    if (!plant.hearDevices(devices.body)) throw new Error('the answer of the server is no list of devices');
    plant.hearRelays(relays.body);
    if (stats.ok) plant.hearStats(stats.body);
    return devices.took;
  }

  get #since(): string | undefined {
    return this.#cursor && `${this.#cursor.epoch}.${this.#cursor.seq}`;
  }

  /** Asks for the lists of the contract. */
  #request(): void {
    this.#cursor = undefined;
    this.#awaited = new Set(['devices_update', 'relays_update']);
    for (const list of LISTS) this.#options.emit(`request_${list}`);
  }

  #take(payload: unknown): void {
    this.#cancel();
    const update = readUpdate(payload);
    // What comes before the answer to a question for what is missing is in that answer.
    if (!update || this.#isResuming) return;
    if (!this.#apply(update)) void this.#resume();
    else if (update.more !== true) this.#arrived('update');
  }

  /** Something was missed: asks for it. Where there is no answer the connection is about to be lost, or the next update asks again. */
  async #resume(): Promise<void> {
    this.#isResuming = true;
    try {
      const since = this.#since;
      const answer = await this.#options.ask(SUBSCRIBE_WITHIN_MS, SUBSCRIBE, {
        ...(since !== undefined && { since }),
      });
      const update = isObject(answer) ? readUpdate(answer['update']) : undefined;
      if (!update || !this.#apply(update)) this.#cursor = undefined;
      else if (update.more !== true) this.#arrived('update');
    } catch {
      // Said above.
    } finally {
      this.#isResuming = false;
    }
  }

  /** False where it begins further on than where this is. */
  #apply(update: Update): boolean {
    const { plant, timestamp } = this.#options;
    const { epoch, seq, more } = update;
    let gathered: readonly Entry[] | undefined;
    if (update.kind === 'snapshot') {
      gathered = update.state;
    } else {
      if (this.#cursor?.epoch !== epoch || update.from > this.#cursor.seq) return false;
      // Something older takes nothing back.
      if (seq < this.#cursor.seq) return true;
      const { from, changes, fields = [] } = update;
      // Fields are of what was there, exactly.
      if (fields.length > 0 && (from !== this.#cursor.seq || this.#cursor.gathered)) return false;
      gathered = this.#cursor.gathered && [...this.#cursor.gathered, ...changes];
      if (!gathered) plant.hearChanges(changes, fields, Date.parse(update.timestamp));
    }
    const waits = gathered && more === true;
    if (gathered && !waits) plant.hearState(gathered);
    this.#cursor = { epoch, seq, ...(gathered && waits && { gathered }) };
    timestamp(update.timestamp);
    return true;
  }

  #arrived(what: string): void {
    if (!this.#awaited.delete(what) || this.#awaited.size > 0) return;
    this.#options.whole();
  }
}

/** An update as a server sent it; undefined where it is none. What is in its entries is read where they are taken. */
function readUpdate(value: unknown): Update | undefined {
  if (!isObject(value)) return undefined;
  const { kind, epoch, seq } = value;
  if (typeof epoch !== 'string' || !isCount(seq)) return undefined;
  if (kind === 'snapshot' && areEntries(value['state'])) return value as Fields & Snapshot;
  const { from, changes, fields = [] } = value;
  if (kind === 'changes' && isCount(from) && areEntries(changes) && areRows(fields)) {
    return value as Fields & Changes;
  }
  return undefined;
}

function areEntries(value: unknown): value is readonly Entry[] {
  return Array.isArray(value) && value.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string');
}

function areRows(value: unknown): value is readonly Rows[] {
  return (
    Array.isArray(value) &&
    value.every(
      (alike) =>
        isObject(alike) &&
        Array.isArray(alike['names']) &&
        (alike['times'] === undefined || Array.isArray(alike['times'])) &&
        areEntries(alike['rows']),
    )
  );
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
