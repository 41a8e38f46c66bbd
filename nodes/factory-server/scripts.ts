import { fileURLToPath } from 'node:url';
import type { Express } from 'express';
import { SCRIPTS_PATH } from '../../lib/api/path.ts';

const FILES = ['client.js', 'elements.js'].flatMap((name) => [name, `${name}.map`]);
/** As the build lays it out. */
const FOLDER = fileURLToPath(new URL('../../client', import.meta.url));

/**
 * Serves the client for browsers, once for the life of the process. There is nothing in it but the program, so
 * nobody is asked who they are; what it then asks for is judged as always.
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
}
