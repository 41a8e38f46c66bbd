import type { NodeAPI } from 'node-red';
import { digest, hashPassword, newPassword, newSecret } from '../../lib/access/secret.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { servePost } from '../admin.ts';
import { sealedSecrets } from '../kept-secrets.ts';

/**
 * Serves the dialog: makes tokens and hashes passwords. Hashes of the others, which a deploy has to give back, leave
 * Node-RED encrypted only.
 */
export function serveSecrets(RED: NodeAPI): void {
  servePost(RED, '/factory-iot/access/token', () => {
    const token = newSecret('token');
    return { token, kept: digest(token) };
  });

  servePost(RED, '/factory-iot/access/password', async ({ password, make }) => {
    if (make === true) {
      const made = newPassword();
      return { password: made, kept: await hashPassword(made) };
    }
    return { kept: await hashPassword(password) };
  });

  servePost(RED, '/factory-iot/access/kept', ({ node }) => {
    if (typeof node !== 'string') throw new FactoryError('invalid', 'node must be text');
    return { secrets: sealedSecrets(RED, RED.nodes.getCredentials(node)) };
  });
}
