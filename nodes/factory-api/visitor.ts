import type { Admission } from '../../lib/api/guard.ts';
import type { MessageRequest } from '../../lib/api/serve.ts';
import { CLIENT_PARAMETER } from '../../lib/live/protocol.ts';
import type { Visitor } from '../../lib/live/rehearsal-report.ts';
import { clientOf } from '../../lib/live/subscription.ts';

/** What a client asks for, again and again, that has no live connection; as HTTP-in nodes take it. */
const STATE = /^\/(?:v2\/changes|devices|relays|system\/stats)\/?$/i;

/** Whoever asks for the plant's state over HTTP; undefined where it is something else that is asked for. */
export function visitorOf(
  { method, query }: MessageRequest,
  admission: Admission | undefined,
): Visitor | undefined {
  if (!admission || method !== 'GET' || !STATE.test(admission.path)) return undefined;
  const { address, grant } = admission.principal;
  return { client: clientOf(query?.[CLIENT_PARAMETER]), address, grant };
}
