/**
 * `npm run access -- add NAME`: lets somebody in, before or while `npm start` runs; it counts from the next start. The editor
 * does the same without one, in the access node.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseEntries } from '../lib/access/entries.ts';
import { digest, hashPassword, newPassword, newSecret } from '../lib/access/secret.ts';
import { asError, FactoryError } from '../lib/base/errors.ts';
import { everybodyIn, readNewcomers, writeNewcomers } from './start/access.ts';
import { makeDataFolder } from './start/files.ts';

const USAGE = `npm run access -- add NAME [--role engineer] [--token] [--relays 'relay1,pump*'] [--areas hall-1] [--devices sensor_001]
npm run access -- list

Roles: viewer, operator (with --relays or --areas), engineer, device (with --token and --devices).`;

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof FactoryError ? error.toString() : asError(error).message);
  process.exitCode = 1;
}

async function run(args: readonly string[]): Promise<void> {
  const root = join(import.meta.dirname, '..');
  if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
  const data = resolve(process.env['FACTORY_DATA'] || `${root}/.factory`);
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      role: { type: 'string', default: 'engineer' },
      token: { type: 'boolean', default: false },
      relays: { type: 'string' },
      areas: { type: 'string' },
      devices: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...names] = positionals;
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const everybody = everybodyIn(data);
  if (command === 'list' && names.length === 0) {
    const lines = everybody.map(({ name, role, kind, isNew }) =>
      [name, role, kind, isNew && 'from the next npm start'].filter(Boolean).join(', '),
    );
    console.log(lines.join('\n') || 'nobody yet');
    return;
  }
  const [name] = names;
  if (command !== 'add' || name === undefined || names.length > 1) throw new FactoryError('invalid', USAGE);
  const { role, token, help: _help, ...scope } = values;
  if (role === 'operator' && !scope.relays && !scope.areas) {
    throw new FactoryError('invalid', 'an operator without relays or areas could switch nothing', {
      remedy: `Say which: --relays 'relay1,pump*' or --areas hall-1`,
    });
  }
  const secret = token ? newSecret('token') : newPassword();
  const kept = token ? digest(secret) : await hashPassword(secret);
  const kind = token ? 'token' : 'person';
  const newcomer = { id: randomUUID().slice(0, 8), kind, name, role, ...scope, kept } as const;
  const [entry] = parseEntries([newcomer], JSON.stringify({ [newcomer.id]: kept }));
  if (everybody.some((known) => known.name.toLowerCase() === name.toLowerCase())) {
    throw new FactoryError('invalid', `there is somebody of the name ${name} already`, {
      remedy:
        'Choose another name; an engineer gives them a new password in the access node of the editor. ' +
        'Where nobody can sign in any more, add an engineer of another name and do that as them',
    });
  }
  makeDataFolder(data);
  writeNewcomers(data, [...readNewcomers(data), { ...newcomer, role: entry!.role }]);
  console.log(
    `${name}, ${entry!.role}. ${token ? 'The token' : 'The password'}, which is not shown again:\n\n  ${secret}\n\nIt counts from the next npm start.`,
  );
}
