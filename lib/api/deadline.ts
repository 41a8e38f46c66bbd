import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { problem } from './answer.ts';
import { carriesBody, sendAnswer } from './http.ts';

/** How long a request may wait for its answer before it gets one that says so. */
export const ANSWER_WITHIN_MS = 10_000;

/** Answers a request that nobody has answered in time: an HTTP-in whose flow leads nowhere, or a lost message. */
export function startDeadline(clock: Clock, request: IncomingMessage, response: ServerResponse): void {
  const seconds = ANSWER_WITHIN_MS / 1000;
  const cancel = clock.after(ANSWER_WITHIN_MS, () => {
    if (request.complete || !carriesBody(request)) {
      sendAnswer(
        response,
        problem(504, 'timeout', `nothing answered within ${seconds} s`, 'It may have been carried out'),
      );
      return;
    }
    // Whoever sends without an end would hold the connection; it goes with the answer.
    const late = problem(408, 'timeout', `the body did not arrive within ${seconds} s`);
    sendAnswer(response, { ...late, headers: { connection: 'close' } });
    response.end();
  });
  response.once('finish', cancel);
  response.once('close', cancel);
}
