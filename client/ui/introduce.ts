/**
 * Tells a dashboard's own socket who is signed in: it carries no token, so what is done by the dashboard's own switches
 * would be nobody's. A ticket is good for once, and for 30 s.
 */
import { plant } from './page.ts';

interface Introduction {
  readonly topic: 'factory-sign-in' | 'factory-sign-out';
  readonly payload?: string;
}

/** What begins together, such as a page that loads while its socket connects, is one introduction. */
const TOGETHER_MS = 50;
const AGAIN_MS = 5000;

let send: ((message: Introduction) => void) | undefined;
let isKnown = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** A template calls this with what sends a message of its own, when it is shown and each time its socket is a new one. */
export function introduce(by: (message: Introduction) => void): void {
  if (!send) plant().on('session', () => soon(0));
  send = by;
  soon(TOGETHER_MS);
}

function soon(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void tell(), ms);
}

async function tell(): Promise<void> {
  const { session } = plant();
  if (!session || session.open) {
    if (isKnown) send?.({ topic: 'factory-sign-out' });
    isKnown = false;
    return;
  }
  try {
    const payload = await plant().ticket();
    if (plant().session?.name !== session.name) return;
    send?.({ topic: 'factory-sign-in', payload });
    isKnown = true;
  } catch {
    // Where the session is over, that is told by itself.
    if (plant().session) soon(AGAIN_MS);
  }
}
