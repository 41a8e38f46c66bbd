import { fileURLToPath } from 'node:url';
import type { Express } from 'express';
import { SCRIPTS_PATH } from '../../lib/api/path.ts';

const FILES = ['client.js', 'elements.js', 'sign-in.js'].flatMap((name) => [name, `${name}.map`]);
/** As the build lays it out. */
const FOLDER = fileURLToPath(new URL('../../client', import.meta.url));

/** The page runs nothing but its own script, talks to nobody but this server, and is framed by nobody else's pages. */
const SIGN_IN_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ');

/**
 * Serves the client for browsers and the page to sign in, once for the life of the process. There is nothing in them but
 * the program, so nobody is asked who they are; what it then asks for is judged as always.
 */
export function serveScripts(app: Express): void {
  for (const file of FILES) {
    app.get(`${SCRIPTS_PATH}/${file}`, (_request, response) => {
      // Asked for again each time, and answered 304 as long as it is the same: a tablet never runs an old one.
      response.setHeader('cache-control', 'no-cache');
      // Pages of other origins that use the plant load it from here.
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('x-content-type-options', 'nosniff');
      response.sendFile(file, { root: FOLDER });
    });
  }
  app.get(`${SCRIPTS_PATH}/sign-in`, (_request, response) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-security-policy', SIGN_IN_POLICY);
    response.setHeader('referrer-policy', 'same-origin');
    response.setHeader('x-content-type-options', 'nosniff');
    response.sendFile('sign-in.html', { root: FOLDER, cacheControl: false });
  });
}
