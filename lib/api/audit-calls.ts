import type { Answer } from './answer.ts';
import type { Call, Context } from './call.ts';

export async function readAudit({ audit }: Context, { query = {} }: Call): Promise<Answer> {
  return { status: 200, body: await audit.read({ ...query }) };
}

/** With `seq` and `seal` of an entry, as somebody has kept them elsewhere, also whether that one is still the same. */
export async function verifyAudit({ audit }: Context, { query = {} }: Call): Promise<Answer> {
  return { status: 200, body: await audit.verify({ ...query }) };
}
