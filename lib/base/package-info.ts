import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PackageInfo {
  readonly name: string;
  readonly version: string;
}

let known: PackageInfo | undefined;

/** This package's own name and version, whether it runs as sources or built. Read once: every request to the API asks for it. */
export function packageInfo(): PackageInfo {
  return (known ??= readPackage());
}

function readPackage(): PackageInfo {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageInfo;
  return { name, version };
}
