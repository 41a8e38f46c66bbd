import { readdir, readFile } from 'node:fs/promises';
import { FactoryError } from '../base/errors.ts';

/** A file that every Linux has. Throws `unavailable` where it cannot be read. */
export async function readKernel(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (cause) {
    throw unreadable(path, 'it cannot be read', cause);
  }
}

export function unreadable(path: string, why: string, cause?: unknown): FactoryError {
  return new FactoryError('unavailable', `no statistics from ${path}: ${why}`, {
    remedy: 'See that /proc is mounted and readable for the user that runs Node-RED',
    cause,
  });
}

/** A file that a machine may have: its text without the line's end, or null. */
export async function readOptional(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'latin1')).trim();
  } catch {
    return null;
  }
}

/** A file that a machine may have and that holds a number; null without one. */
export async function readNumber(path: string): Promise<number | null> {
  const text = await readOptional(path);
  const value = text ? Number(text) : NaN;
  return Number.isFinite(value) ? value : null;
}

/** The names in a folder that match, in the order of their numbers (`temp2` before `temp10`); none without it. */
export async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => pattern.test(name))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
