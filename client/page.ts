/** What a browser's page offers, and Node.js or a worker does not. */
interface Page {
  readonly location?: { readonly protocol: string; readonly href: string };
  readonly document?: EventTarget;
  readonly addEventListener?: EventTarget['addEventListener'];
  readonly removeEventListener?: EventTarget['removeEventListener'];
}

const page = globalThis as unknown as Page;

/** The address of the page; undefined where there is none, or where it comes from a file. */
export function addressOfPage(): string | undefined {
  const { location } = page;
  return location?.protocol.startsWith('http') ? location.href : undefined;
}

/** Calls `wake` when there is reason to try again at once: the page is shown or hidden, or the network is back. */
export function onAwake(wake: () => void): () => void {
  // A page that is shown for the first time has only just begun to connect.
  const backAgain = (event: Event): void => {
    if ((event as Event & { readonly persisted?: boolean }).persisted) wake();
  };
  page.document?.addEventListener('visibilitychange', wake);
  page.addEventListener?.('online', wake);
  page.addEventListener?.('pageshow', backAgain);
  return () => {
    page.document?.removeEventListener('visibilitychange', wake);
    page.removeEventListener?.('online', wake);
    page.removeEventListener?.('pageshow', backAgain);
  };
}
