/** A client as others see it. */
export interface ClientInfo {
  /** Names this connection; a client that comes back gets another. */
  readonly session: string;
  readonly address: string;
  readonly origin: string | undefined;
  readonly transport: string;
  /** When it connected, ISO 8601. */
  readonly since: string;
  /** As the audit names it. */
  readonly principal: string;
  /** 2 where it is told what changes, by lib/live/protocol.ts; 1: the lists of the contract. */
  readonly protocol: 1 | 2;
  /** The patterns it wants, as it sent them; empty: everything. Of the contract's lists, what is in them. */
  readonly topics: string;
  /** From the last ping to its pong, milliseconds; null before the first one. */
  readonly latency: number | null;
  /** How many packets wait for it to read what was sent before. */
  readonly queue: number;
}
