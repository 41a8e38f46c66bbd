/** The access policy, as a person or a flow file gives it. */
import { FactoryError } from '../base/errors.ts';
import { quote } from '../base/text.ts';
import type { AccessPolicy } from './authorise.ts';

/** Far more web pages than a plant has; each request is compared with all of them. */
export const MAX_ORIGINS = 100;

/** Whether the environment lets everyone in, chosen knowingly: `FACTORY_INSECURE=1`, and nothing else. */
export function isInsecure(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['FACTORY_INSECURE'] === '1';
}

/** Throws `config`. */
export function parsePolicy(
  origins: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): AccessPolicy {
  return { origins: parseOrigins(origins), open: isInsecure(environment) };
}

/**
 * The origins of web pages that may talk to us, exactly as browsers send them: a list, or text with commas
 * or spaces between them. A setting `${NAME}` that nobody set counts as empty. Throws `config`.
 */
export function parseOrigins(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const given = Array.isArray(value) ? (value as unknown[]) : [value];
  const parts = given.flatMap((part) => {
    if (typeof part !== 'string') throw wrong(String(part), 'an origin is text');
    return part.split(/[\s,]+/).filter((text) => text !== '' && !text.startsWith('${'));
  });
  const origins = [...new Set(parts.map(checkOrigin))];
  if (origins.length > MAX_ORIGINS) {
    throw new FactoryError(
      'config',
      `${origins.length} origins are too many, at most ${MAX_ORIGINS} can be set`,
    );
  }
  return origins;
}

function checkOrigin(text: string): string {
  if (text.includes('*')) {
    throw new FactoryError(
      'config',
      `${quote(text)} would let any web page that someone here opens read and switch the plant`,
      { remedy: 'List the origins that need access, such as http://localhost:3000' },
    );
  }
  if (text === 'null') {
    throw wrong(text, 'local files and sandboxed pages all share it, whoever made them');
  }
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? parseUrl(text) : null;
  if (!url?.host) throw wrong(text, 'it is not of the form scheme://host:port');
  const exact = `${url.protocol}//${url.host}`;
  if (exact !== text) {
    throw new FactoryError('config', `${quote(text)} is not an origin exactly as browsers send it`, {
      remedy: `Set ${exact}`,
    });
  }
  return text;
}

/** As URL.parse does, which not every browser has that the editor runs in. */
function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function wrong(text: string, why: string): FactoryError {
  return new FactoryError('config', `${quote(text)} cannot be an allowed origin: ${why}`, {
    remedy: 'Set it as the browser shows it, without a path, such as http://localhost:3000',
  });
}
