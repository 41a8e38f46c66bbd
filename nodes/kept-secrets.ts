/** Kept passwords and tokens of access nodes: in Node-RED's credentials as hashes, in the editor encrypted. */
import { randomBytes } from 'node:crypto';
import { isSealed, SecretSealer } from '../lib/access/sealed-secrets.ts';

/** Part of Node-RED that is used, in a node and beside it. */
export interface Credentials {
  readonly settings: { get(name: string): unknown; set(name: string, value: string): unknown };
}

/** Name of a setting that Node-RED keeps, for one that keeps no secret of its own. */
const OWN_SECRET = 'factoryIotSecret';
const sealers = new WeakMap<object, SecretSealer>();

/** Hashes of an access node's people and tokens, JSON by their ids, from its credentials; undefined: none are kept. */
export function keptSecrets(RED: Credentials, credentials: unknown): string | undefined {
  const secrets = (credentials as { secrets?: unknown } | null | undefined)?.secrets;
  if (typeof secrets !== 'string') return undefined;
  return isSealed(secrets) ? sealerOf(RED).open(secrets) : secrets;
}

/** The same for the editor, which has no use for the hashes themselves. */
export function sealedSecrets(RED: Credentials, credentials: unknown): string {
  return sealerOf(RED).seal(keptSecrets(RED, credentials) ?? '{}');
}

/** Encrypts with the secret that Node-RED encrypts credentials with, so that both are lost or kept together. */
function sealerOf(RED: Credentials): SecretSealer {
  const made = sealers.get(RED.settings) ?? new SecretSealer(secretOf(RED));
  sealers.set(RED.settings, made);
  return made;
}

function secretOf({ settings }: Credentials): string {
  const [found] = ['credentialSecret', '_credentialSecret', OWN_SECRET]
    .map((name) => get(settings, name))
    .filter((value): value is string => typeof value === 'string' && value !== '');
  if (found !== undefined) return found;
  const made = randomBytes(32).toString('hex');
  void Promise.resolve(settings.set(OWN_SECRET, made)).catch(() => {
    // It then holds as long as the process, which is enough for a dialog and its deploy.
  });
  return made;
}

function get(settings: Credentials['settings'], name: string): unknown {
  try {
    return settings.get(name);
  } catch {
    // Node-RED has no settings of its own as yet.
    return undefined;
  }
}
