import { asError, FactoryError } from '../base/errors.ts';

/** What SQLite's primary result codes mean to a person, by number. */
const MEANINGS = new Map<number, readonly [message: string, remedy: string]>([
  [5, ['is used by another program', 'Stop the other Node-RED, or choose another file']],
  [8, ['may not be written', 'Give the user that runs Node-RED the right to write the file and its folder']],
  [10, ['cannot be read or written', 'Check the disk or the memory card']],
  [11, ['is damaged', 'Move the file away, or put a backup in its place']],
  [13, ['does not fit: the disk is full', 'Make room on the disk']],
  [14, ['cannot be opened', 'Check the path and the rights of its folder']],
  [26, ['is not a database, or is damaged', 'Move the file away, or choose another one']],
]);
/** After these, writing on would make a damage worse. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

/** Makes an error that a person can act on of what SQLite or the file system threw. */
export function explain(thrown: unknown, file: string): FactoryError {
  if (thrown instanceof FactoryError) {
    const remedy = thrown.remedy === undefined ? {} : { remedy: thrown.remedy };
    return new FactoryError(thrown.code, `${file}: ${thrown.message}`, { ...remedy, cause: thrown });
  }
  const meaning = MEANINGS.get(resultCode(thrown));
  if (!meaning)
    return new FactoryError('unavailable', `${file}: ${asError(thrown).message}`, { cause: thrown });
  return new FactoryError('unavailable', `${file} ${meaning[0]}`, { remedy: meaning[1], cause: thrown });
}

export function isDamage(thrown: unknown): boolean {
  return DAMAGED.has(resultCode(thrown));
}

/** The primary result code, which is the low byte of the extended one; 0 for other errors. */
function resultCode(thrown: unknown): number {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : 0;
}
