import type { NodeAPI } from 'node-red';
import { digest, hashPassword, newPassword, newSecret } from '../../lib/access/secret.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { servePost } from '../admin.ts';

/**
 * For the dialog: makes tokens, turns passwords into what is kept of them, and hands out what is kept of all others, so that
 * they stay when one is added. All of it to people who may deploy flows; these can read it without asking us.
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
    const secrets = (RED.nodes.getCredentials(node) as { secrets?: unknown } | null)?.secrets;
    return { secrets: typeof secrets === 'string' ? secrets : '{}' };
  });
}
