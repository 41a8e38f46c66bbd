/**
 * Kept passwords and tokens as the editor may hold them: encrypted, because a dialog has to give back those that it does not
 * change, and has no need to read any.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'sealed$';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export class SecretSealer {
  readonly #key: Buffer;

  /** `secret`: text of any length that never leaves this machine. */
  constructor(secret: string) {
    this.#key = createHmac('sha256', secret).update('factory-iot: what the access dialog holds').digest();
  }

  /** Encrypts the kept secrets of entries, which are JSON by the ids of these. */
  seal(secrets: string): string {
    return mapped(secrets, (id, kept) => (kept.startsWith(PREFIX) ? kept : this.#seal(id, kept)));
  }

  /** Decrypts what {@link seal} made. A value that belongs to another entry, or was sealed with another secret, is left out. */
  open(secrets: string): string {
    return mapped(secrets, (id, kept) => (kept.startsWith(PREFIX) ? this.#open(id, kept) : kept));
  }

  #seal(id: string, kept: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv).setAAD(Buffer.from(id));
    const text = Buffer.concat([cipher.update(kept), cipher.final()]);
    return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
  }

  #open(id: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
    try {
      const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, IV_BYTES), options)
        .setAAD(Buffer.from(id))
        .setAuthTag(tag);
      const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString();
    } catch {
      return undefined;
    }
  }
}

/** Tells whether something in it was sealed. */
export function isSealed(secrets: string): boolean {
  return secrets.includes(PREFIX);
}

/** Leaves text that is no JSON object as it is: who parses it says so. */
function mapped(secrets: string, map: (id: string, kept: string) => string | undefined): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(secrets);
  } catch {
    return secrets;
  }
  if (typeof parsed !== 'object' || parsed === null) return secrets;
  const entries = Object.entries(parsed)
    .map(([id, kept]) => [id, typeof kept === 'string' ? map(id, kept) : kept] as const)
    .filter(([, kept]) => kept !== undefined);
  return JSON.stringify(Object.fromEntries(entries));
}
