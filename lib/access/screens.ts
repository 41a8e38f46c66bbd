/** Which screens of dashboards are which, and who is at them. */

/** How many screens are remembered with who is at them. */
export const MAX_SCREENS = 1000;

/** A socket of node-red-dashboard, as its `ioMiddleware` gets it. */
export interface DashboardSocket {
  readonly id: string;
  use(heard: (packet: unknown[], next: () => void) => void): unknown;
  once(event: 'disconnect', gone: () => void): unknown;
}

/** The screen that a message names, whoever has written that; empty where it names none. */
export function namedScreen(message: object): string {
  const { _client: client, socketid } = message as { _client?: unknown; socketid?: unknown };
  const id =
    typeof client === 'object' && client !== null ? (client as { socketId?: unknown }).socketId : socketid;
  return typeof id === 'string' ? id : '';
}

export class Screens {
  /** What each of them rests on. */
  readonly #grants = new Map<string, string>();
  /** The screens of node-red-dashboard whose name is their own. */
  readonly #true = new Set<string>();

  /**
   * A browser names its own screen to node-red-dashboard, and could name another's. From here on it cannot: each of its
   * messages gets the name that its socket has.
   */
  mark(socket: DashboardSocket): void {
    this.#true.add(socket.id);
    socket.once('disconnect', () => {
      this.#true.delete(socket.id);
      this.#grants.delete(socket.id);
    });
    socket.use((packet, next) => {
      const [, data] = packet;
      if (typeof data === 'object' && data !== null) (data as { socketid?: unknown }).socketid = socket.id;
      next();
    });
  }

  /**
   * The screen that a message of a dashboard is from; undefined where that is only what a browser says. Dashboard 2 writes it
   * itself (`_client`); node-red-dashboard lets the browser write it (`socketid`), unless its sockets are marked.
   */
  of(message: object): string | undefined {
    const screen = namedScreen(message);
    if (screen === '') return undefined;
    if (!Object.hasOwn(message, 'socketid')) return screen;
    // No dashboard makes both marks: a page has added the other one's.
    return !Object.hasOwn(message, '_client') && this.#true.has(screen) ? screen : undefined;
  }

  bind(screen: string, grant: string): void {
    this.#grants.delete(screen);
    this.#grants.set(screen, grant);
    if (this.#grants.size <= MAX_SCREENS) return;
    const [oldest] = this.#grants.keys();
    this.#grants.delete(oldest!);
  }

  unbind(screen: string): void {
    this.#grants.delete(screen);
  }

  /** What it rests on that somebody is at this screen. */
  at(screen: string): string | undefined {
    return this.#grants.get(screen);
  }

  clear(): void {
    this.#grants.clear();
  }
}
