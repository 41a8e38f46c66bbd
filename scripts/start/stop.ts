/** How long Node-RED and the server may take to stop; one node alone may take 15 s. */
const LIMIT_MS = 20_000;
/** Ctrl-C reaches this process from the terminal and once more through npm: together they are one. */
const SAME_MS = 500;

/** Ends the process in order at the first signal, at once at a second one. */
export function stopOnSignals(stop: () => Promise<void>): void {
  let since: number | undefined;
  const onSignal = (): void => {
    const now = performance.now();
    if (since === undefined) {
      since = now;
      void end(stop);
    } else if (now - since > SAME_MS) {
      console.log('Ended at once.');
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

async function end(stop: () => Promise<void>): Promise<void> {
  console.log('Stopping …');
  setTimeout(() => {
    console.error(`It did not stop within ${LIMIT_MS / 1000} s and is ended now.`);
    process.exit(1);
  }, LIMIT_MS);
  try {
    await stop();
  } catch (error) {
    console.error('Node-RED did not stop in order:', error);
    process.exit(1);
  }
  process.exit(0);
}
