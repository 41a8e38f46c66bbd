/** The files in the data folder that Node-RED does not look after itself, and a look at those it does. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asError, FactoryError } from '../../lib/base/errors.ts';

/** The names in the data folder. */
export const FLOWS = 'flows.json';
export const FLOWS_BACKUP = '.flows.json.backup';
export const CREDENTIALS = 'flows_cred.json';
export const SECRET = 'credential-secret';

/** Makes the data folder, readable by its owner only: it holds the secret and whatever flows keep. */
export function makeDataFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new FactoryError(
      'unavailable',
      `the data folder ${data} cannot be made: ${asError(error).message}`,
      {
        remedy: 'Name another one by FACTORY_DATA, or let this user write there',
      },
    );
  }
}

/**
 * The secret that Node-RED encrypts credentials with; made at the first start. Throws `unavailable` where it is
 * gone or damaged but credentials exist: Node-RED would throw those away at the next deploy.
 */
export function credentialSecret(data: string): string {
  const path = join(data, SECRET);
  if (existsSync(path)) {
    const secret = readFileSync(path, 'utf8').trim();
    if (secret) return secret;
  }
  if (holdsCredentials(join(data, CREDENTIALS))) {
    throw new FactoryError(
      'unavailable',
      `${path} is missing or empty, and ${CREDENTIALS} cannot be read without it`,
      {
        remedy: `Put it back from a backup, or remove ${join(data, CREDENTIALS)} and enter the passwords in the flows anew`,
      },
    );
  }
  const secret = randomBytes(32).toString('hex');
  writeWhole(path, `${secret}\n`, 0o600);
  return secret;
}

/**
 * Throws `unavailable` unless Node-RED can read its flow file: it would start with no flows, and write that
 * over the file at the next deploy.
 */
export function checkFlowFile(data: string): void {
  const path = join(data, FLOWS);
  if (!existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  // Node-RED puts the backup in the place of an empty file by itself.
  if (text === '' && existsSync(join(data, FLOWS_BACKUP)) && statSync(join(data, FLOWS_BACKUP)).size > 0)
    return;
  try {
    if (Array.isArray(JSON.parse(text.replace(/^\uFEFF/, '')))) return;
  } catch {
    // The message below says it.
  }
  throw new FactoryError('unavailable', `${path} holds no flows that can be read; it is left as it is`, {
    remedy: `Mend it, or put ${FLOWS_BACKUP} beside it in its place, or move it away to begin with the bundled flows`,
  });
}

/** Writes a file so that after a crash there is the old one or the new one, never half of it. */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode, flush: true });
  renameSync(temporary, path);
}

function holdsCredentials(path: string): boolean {
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8').trim();
  return text !== '' && text !== '{}';
}
