/** HTTP as these tests need it: with any header, and from any address. */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { once } from 'node:events';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export async function ask(
  url: string,
  { method = 'GET', headers = {}, body, agent }: Asking = {},
): Promise<Answered> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const request = httpRequest(url, {
    method,
    agent,
    headers: {
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      }),
      ...headers,
    },
  });
  request.end(text);
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  let answer = '';
  for await (const part of response.setEncoding('utf8')) answer += part as string;
  return { status: response.statusCode!, headers: response.headers, text: answer };
}

export interface Asking {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: unknown;
  readonly agent?: Agent | undefined;
}

export function json(answer: Answered): Record<string, unknown> {
  return JSON.parse(answer.text) as Record<string, unknown>;
}
