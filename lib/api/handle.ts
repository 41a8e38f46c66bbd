import { problem, problemOf } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Call, Context } from './call.ts';
import { match } from './routes.ts';

/** Serves one call of the HTTP contract. Never rejects: what goes wrong becomes the answer. */
export async function handle(call: Call, context: Context): Promise<Answer> {
  try {
    const { handle: serve, id } = match(call.method, call.path);
    return serve ? await serve(context, call, id) : notFound(call.method, call.path);
  } catch (error) {
    return problemOf(error);
  }
}

/** The answer to a call that nothing serves: 404 as the contract says, with the methods that would be served. */
export function notFound(method: string, path: string): Answer {
  const { methods } = match(method, path);
  if (methods.length === 0) return problem(404, 'unknown-path', 'nothing is served at this path');
  const allow = methods.join(', ');
  return {
    ...problem(404, 'unknown-method', `${method} is not served at this path`, `Served are ${allow}`),
    headers: { Allow: allow },
  };
}
