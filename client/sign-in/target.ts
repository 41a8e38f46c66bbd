/** Deeper pages of ours that would lead back here at once. */
const HERE = /\/factory-iot\/sign-in\/?$/;

/**
 * Where to go on after signing in: a path of this very server, as its whole address. Whatever else a link asked for
 * leads to its root, so that nobody is led to a page that only looks like ours.
 */
export function targetOf(to: string | null, page: string): string {
  const { origin } = new URL(page);
  const root = `${origin}/`;
  // Browsers take a backslash for a slash, and leave out tabs and line ends.
  if (to === null || !to.startsWith('/') || /^\/\/|[\\\p{Cc}]/u.test(to)) return root;
  try {
    const url = new URL(to, root);
    return url.origin === origin && !HERE.test(url.pathname) ? url.href : root;
  } catch {
    return root;
  }
}
