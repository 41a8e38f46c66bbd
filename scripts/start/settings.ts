/** What `npm start` reads from the environment. */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { isLoopbackAddress } from '../../lib/access/authorise.ts';
import { parsePolicy } from '../../lib/access/policy.ts';
import { parseProxies } from '../../lib/access/proxies.ts';
import type { AccessPolicy } from '../../lib/access/authorise.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { quote } from '../../lib/base/text.ts';

export interface Settings {
  /** 0 lets the system choose a free one. */
  readonly port: number;
  readonly host: string;
  /** The folder of everything that is kept, absolute. */
  readonly data: string;
  /** Who may use the editor; open: everyone who can reach the host may read, switch and edit. */
  readonly policy: AccessPolicy;
}

/**
 * Reads the settings; one that is empty counts as not set. Throws `config` for one that cannot be meant, and
 * for a host that others can reach unless people have to sign in, or that is chosen knowingly. `isAccessSet`: whether
 * anybody can sign in, by what is in the data folder.
 */
export function readSettings(
  env: NodeJS.ProcessEnv,
  root: string,
  isAccessSet: (data: string) => boolean,
): Settings {
  const host = env['HOST'] || '127.0.0.1';
  const insecure = readSwitch('FACTORY_INSECURE', env['FACTORY_INSECURE']);
  const data = resolve(env['FACTORY_DATA'] || `${root}/.factory`);
  if (!insecure && !isLocal(host) && !isAccessSet(data)) {
    throw new FactoryError(
      'config',
      `HOST=${host} can be reached from other computers, and access is not configured: ` +
        'everyone there could open the editor and change the flows, and who can do that can run programs here',
      {
        remedy:
          'This lets you in as an engineer, by a password that it prints, and everybody else has to be let in by you: ' +
          `npm run access -- add YOUR-NAME && HOST=${host} npm start`,
      },
    );
  }
  // The access node reads them as well; who is believed must not be found out only when somebody asks.
  parseProxies(env['FACTORY_PROXIES']);
  return {
    port: readPort(env['PORT']),
    host,
    data,
    // The live server reads the origins as well; a plant that nobody can reach is better not started.
    policy: parsePolicy(env['FACTORY_ORIGINS'], env),
  };
}

/** The address under which this machine itself finds what listens on `host`. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`;
}

/** The addresses under which other computers find what listens on all addresses; none for any other `host`. */
export function urlsOutside(host: string, port: number): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [];
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => `http://${address}:${port}`);
}

function isLocal(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host);
}

function readPort(text: string | undefined): number {
  if (!text) return 1880;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new FactoryError('config', `PORT=${quote(text)} is no port`, {
    remedy: 'Give a number from 1 to 65535, such as PORT=1881 npm start',
  });
}

function readSwitch(name: string, text: string | undefined): boolean {
  if (!text || text === '0') return false;
  if (text === '1') return true;
  throw new FactoryError('config', `${name}=${quote(text)} is neither 1 (on) nor 0 (off)`);
}
