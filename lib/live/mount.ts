/**
 * Puts live servers onto an HTTP server by path. That server belongs to others as well (Node-RED's editor,
 * dashboards), so no listener but our own is touched, and no path but ours is answered.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock, type Clock } from '../base/clock.ts';
import { FactoryError } from '../base/errors.ts';
import { refuseRequest, refuseUpgrade, type Refusal } from './refusal.ts';

/** What is mounted: a live server, or what a test puts in its place. */
export interface Mountable {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Ends a mount; calling it twice is harmless. `comesBack`: another one is about to take the path. */
export type Detach = (comesBack?: boolean) => void;

/** How many paths may wait for the next server at once; beyond, the longest waiting is given up. */
export const MAX_VACANT = 8;
/** How long an upgrade to a path that is not ours may wait for whoever serves it. Dashboards give it a second. */
export const UNANSWERED_MS = 10_000;

/** Reason why a path that is ours has no server, unless a better one is known. */
const REDEPLOYED = (): string => 'the server is being redeployed; try again';

/** A path of an HTTP server, with the one `upgrade` listener that it has for as long as it is ours. */
interface Place {
  readonly server: Server;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Undefined between a detach and the next attach. */
  live: Mountable | undefined;
}

/**
 * The paths that are ours. During a redeploy a path stays ours without a server: requests and upgrades get a
 * JSON 503 at once, and clients try again after a second. Otherwise a request would get the HTML 404 of
 * somebody else, and an upgrade no answer at all, which a client waits 20 s for.
 */
export class Mounts {
  // By path, those that wait longest first.
  readonly #places = new Map<string, Place>();
  /** Upgrades to paths that are not ours: each place hears of them. */
  readonly #others = new WeakSet<Duplex>();
  readonly #clock: Clock;
  readonly #why: () => string;

  /** `why`: says why a path has no server now, for a person. */
  constructor(clock: Clock = systemClock, why = REDEPLOYED) {
    this.#clock = clock;
    this.#why = why;
  }

  /**
   * Express middleware for polling, to be registered once. It goes by `originalUrl`, because Express takes the
   * prefix of the application from `url`.
   */
  readonly handler = (
    request: IncomingMessage & { originalUrl?: string },
    response: ServerResponse,
    next: () => void,
  ): void => {
    const place = this.#places.get(pathOf(request.originalUrl ?? request.url));
    if (!place) next();
    else if (place.live) place.live.handleRequest(request, response);
    else refuseRequest(response, this.#vacant);
  };

  /**
   * Serves `path` (such as `/socket.io`, the prefix of Node-RED's HTTP nodes included) with this live server.
   * Throws `config` where another one serves it already.
   */
  attach(server: Server, path: string, live: Mountable): Detach {
    const key = pathOf(path);
    let place = this.#places.get(key);
    if (place?.live) {
      throw new FactoryError('config', `another live server has the path ${key} already`, {
        remedy: 'Give one of them another path, or let all nodes use the same one',
      });
    }
    if (place && place.server !== server) {
      this.forget(path);
      place = undefined;
    }
    place ??= this.#occupy(server, key);
    place.live = live;
    const own = place;
    return (comesBack = false) => {
      // Another one may have the path by now.
      if (own.live !== live) return;
      own.live = undefined;
      if (!comesBack) this.forget(path);
      else this.#wait(key, own);
    };
  }

  /** Gives up a path that waits for its next server; one that is served stays. */
  forget(path: string): void {
    const key = pathOf(path);
    const place = this.#places.get(key);
    if (!place || place.live) return;
    place.server.removeListener('upgrade', place.upgrade);
    this.#places.delete(key);
  }

  get #vacant(): Refusal {
    return { status: 503, code: 'unavailable', reason: this.#why() };
  }

  #occupy(server: Server, key: string): Place {
    const place: Place = {
      server,
      live: undefined,
      upgrade: (request, socket, head) => {
        const path = pathOf(request.url);
        if (path !== key) {
          if (!this.#places.has(path)) this.#lookAfter(socket);
        } else if (place.live) place.live.handleUpgrade(request, socket, head);
        else refuseUpgrade(socket, this.#vacant);
      },
    };
    server.on('upgrade', place.upgrade);
    this.#places.set(key, place);
    return place;
  }

  /**
   * Once anybody listens for upgrades, Node.js leaves each socket to them, without the listeners that it had of its own. Where
   * nobody serves the path, a reset would then end the process, and the connection would stay for ever.
   */
  #lookAfter(socket: Duplex): void {
    if (this.#others.has(socket)) return;
    this.#others.add(socket);
    socket.on('error', () => socket.destroy());
    const cancel = this.#clock.after(UNANSWERED_MS, () => {
      // Nobody has begun to read from it.
      if (socket.readableFlowing === null) socket.destroy();
    });
    socket.once('close', cancel);
  }

  #wait(key: string, place: Place): void {
    this.#places.delete(key);
    this.#places.set(key, place);
    const vacant = Array.from(this.#places).filter(([, { live }]) => !live);
    if (vacant.length > MAX_VACANT) this.forget(vacant[0]![0]);
  }
}

/** The path without query and without a slash at its end: clients of both spellings exist. */
function pathOf(url: string | undefined): string {
  const [path = ''] = (url ?? '').split('?', 1);
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
