/** Secrets: made here, and kept only as what they can be recognised by. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { FactoryError } from '../base/errors.ts';

/**
 * How secrets begin, by what they are for. Whoever finds one in a file or a log knows what it is, and programs that look
 * for leaked secrets do, too.
 */
export const PREFIXES = { token: 'fiot_', session: 'fios_', page: 'fioc_', ticket: 'fiok_' } as const;

export const MIN_PASSWORD = 8;
export const MAX_PASSWORD = 200;

/** About 30 ms on a computer, some tenths of a second on a small one; 16 MiB. */
const COST = { N: 2 ** 14, r: 8, p: 1 };
const HASH_BYTES = 32;

/** 256 random bits: nothing that could be guessed, so a fast hash is enough to keep it by. */
export function newSecret(kind: keyof typeof PREFIXES): string {
  return PREFIXES[kind] + randomBytes(32).toString('base64url');
}

/** 80 random bits as 16 letters and digits in groups: read off a screen once, and typed on a tablet. */
export function newPassword(): string {
  const signs = Array.from(randomBytes(16), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return signs.replace(/(.{4})(?=.)/g, '$1-');
}

/** 32 that do not look alike, so that each is as likely as any other. */
const ALPHABET = 'abcdefghijkmnopqrstuvwxyz3456789';

/** What a random secret is kept as. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/**
 * The secret of the cookie that belongs to a session. Made of the session's own, so that it can be set again at any time
 * without being kept, and is the same in every tab.
 */
export function pageSecret(session: string): string {
  return PREFIXES.page + digest(`page ${session}`);
}

/** What a password is kept as: a slow hash, because people choose them. Throws `invalid`. */
export async function hashPassword(password: unknown, cost = COST): Promise<string> {
  if (typeof password !== 'string' || password.length < MIN_PASSWORD || password.length > MAX_PASSWORD) {
    throw new FactoryError('invalid', `a password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`, {
      remedy: 'Several words are easier to type on a tablet than signs',
    });
  }
  const salt = randomBytes(16);
  const hash = await derive(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Whether this is the password that was kept so. Takes as long where nothing was kept. */
export async function isPassword(password: string, kept: string | undefined): Promise<boolean> {
  const [kind, N, r, p, salt = '', hash = ''] = (kept ?? '').split('$');
  const isKept = kind === 'scrypt';
  const cost = isKept ? { N: Number(N), r: Number(r), p: Number(p) } : COST;
  const expected = Buffer.from(hash, 'base64url');
  const found = await derive(password.slice(0, MAX_PASSWORD), Buffer.from(salt, 'base64url'), cost);
  return isKept && expected.length === found.length && timingSafeEqual(expected, found);
}

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Twice what it needs, which Node.js would else refuse.
    const options = { ...cost, maxmem: 256 * cost.N * cost.r };
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
