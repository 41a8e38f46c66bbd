/** What `npm audit --json` says of the packages that are published with ours. */

export type Advice =
  /** Nothing that is high or critical. */
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly packages: readonly string[] }
  /** There is no answer to go by: no network, or a registry that does not serve advisories. */
  | { readonly kind: 'no answer'; readonly reason: string };

interface Report {
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly severity?: string; readonly range?: string }>
  >;
  readonly metadata?: unknown;
  readonly message?: unknown;
  readonly error?: { readonly summary?: unknown; readonly detail?: unknown };
}

export function readAdvice(output: string): Advice {
  let report: Report | null;
  try {
    report = JSON.parse(output) as Report | null;
  } catch {
    return { kind: 'no answer', reason: 'npm audit said nothing that can be read' };
  }
  const { vulnerabilities, metadata, message, error } = report ?? {};
  // An error has no list; a list without its sums is none that was completed.
  if (error || !vulnerabilities || !metadata) {
    const reason = [message, error?.summary].find(
      (text): text is string => typeof text === 'string' && text !== '',
    );
    // Which registry it was is nobody's business but of whoever set it.
    const plain = (reason ?? 'no list came').replaceAll(/\b\w+:\/\/\S+/g, '…');
    return { kind: 'no answer', reason: plain };
  }
  const packages = Object.entries(vulnerabilities)
    .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
    .map(([name, { severity, range = '' }]) => `${name} ${range} (${severity})`);
  return packages.length > 0 ? { kind: 'found', packages } : { kind: 'none' };
}
