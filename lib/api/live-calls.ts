/** The live protocol over HTTP: the same updates as on the socket, by the same cursor. */
import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import type { Answer } from './answer.ts';
import type { Call, Context } from './call.ts';

/** Seconds that an answer may wait for something to tell: less than what any request may take. */
export const MAX_WAIT_S = 8;

/** With the clocks of the server as they are when it answers. `?since=EPOCH.SEQ` what changed since, else all there is; `&topics=devices/*`; `&wait=8` seconds for something to tell. */
export async function getChanges({ reads, clock }: Context, call: Call): Promise<Answer> {
  const { query = {}, principal, socket, permit } = call;
  const within = parseWait(query['wait']) * 1000;
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  // A connection that is kept alive brings others after this one.
  socket?.once('close', leave);
  try {
    const update = await reads.next(query, within, { address: principal.address, signal: leaving.signal });
    // Who was let in may have been sent away while they waited.
    if (within > 0) permit('read', {});
    return { status: 200, body: { ...update, clock: { now: clock.monotonic(), time: clock.now() } } };
  } finally {
    socket?.off('close', leave);
  }
}

function parseWait(given: unknown): number {
  if (given === undefined) return 0;
  const seconds = typeof given === 'string' && /^\d+(\.\d+)?$/.test(given) ? Number(given) : NaN;
  if (seconds <= MAX_WAIT_S) return seconds;
  const said = typeof given === 'string' ? quote(given) : 'that';
  throw new FactoryError('invalid', `wait must be 0 to ${MAX_WAIT_S} seconds, not ${said}`);
}
