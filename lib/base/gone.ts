import type { IncomingMessage, ServerResponse } from 'node:http';

/** Returns whether nobody waits for the answer to a request any more: the connection is over, or it was answered already. */
export function hasGone({ socket }: IncomingMessage, response: ServerResponse): boolean {
  return response.headersSent || response.destroyed || socket.destroyed || socket.readableEnded;
}
