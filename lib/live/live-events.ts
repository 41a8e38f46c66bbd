/** What a live server tells whoever listens to it. */
import type { Refused } from '../access/refusal-log.ts';
import type { Principal } from '../access/principal.ts';
import type { CommandRequest } from './incoming.ts';
import type { ClientInfo } from './client-info.ts';

/** Something a client did, with who it is. */
export interface FromClient {
  /** Names this one event: the same for every node that hears it. */
  readonly eventId: string;
  readonly session: string;
  readonly address: string;
  readonly principal: Principal;
}

export interface LiveEvents {
  connect: FromClient & { readonly client: ClientInfo };
  disconnect: FromClient & { readonly reason: string };
  /** One of the contract's `request_*`; it is answered already. */
  request: FromClient & { readonly event: string };
  /**
   * Command of a client that is allowed to switch. Its payload has an id always, so that a relay executes it once even where
   * several nodes hear it. `ack` is there if the client waits for an answer.
   */
  command: FromClient & CommandRequest & { readonly ack?: string };
  /** Any other event. */
  message: FromClient & { readonly event: string; readonly args: readonly unknown[]; readonly ack?: string };
  /** Someone was not let in, or was not allowed to do something. */
  refused: Refused;
}
