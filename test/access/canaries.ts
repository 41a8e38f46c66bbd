/** Looks for secrets where they must not be, in every form in which text travels. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Hay {
  readonly where: string;
  readonly text: string;
}

/** Where which secrets were found, in which form. */
export function findSecrets(secrets: Readonly<Record<string, string>>, hay: readonly Hay[]): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(formsOf(secret)).flatMap(([form, needles]) =>
      hay
        .filter(({ text }) => needles.some((needle) => text.includes(needle)))
        .map(({ where }) => `${name} in ${where}, ${form}`),
    ),
  );
}

function formsOf(secret: string): Record<string, string[]> {
  const bytes = Buffer.from(secret);
  // Inside of other text it begins at any of three places of four signs; what is next to it has a part in the outer ones.
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(before === 0 ? 0 : before + 1, -2);
  });
  return {
    plain: [secret, JSON.stringify(secret).slice(1, -1), bytes.toString('latin1')],
    base64: [...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))],
    'URL-encoded': [encodeURIComponent(secret), encodeURIComponent(secret).toLowerCase()].filter(
      (text) => text !== secret,
    ),
    hex: [bytes.toString('hex')],
  };
}

/** Every file below a folder but what is installed there, by its bytes. */
export function filesBelow(folder: string): Hay[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { where: path.slice(folder.length + 1), text: readFileSync(path, 'latin1') };
    });
}
