import { createHash } from 'node:crypto';

/** A place in the log: the entry with this number, and the seal that it has. */
export interface Seal {
  readonly seq: number;
  /** SHA-256 over the seal of the entry before it and its own JSON, in hex. */
  readonly seal: string;
}

/** An entry as it is stored. */
export interface SealedJson extends Seal {
  readonly json: string;
}

/** Where the log is not as it was written. */
export interface Break {
  readonly seq: number;
  /** For a person. */
  readonly reason: string;
}

/** Before the first entry. */
export const ORIGIN: Seal = { seq: 0, seal: '' };

/**
 * Entries that are each sealed to the one before: whoever changes, removes, inserts or reorders one breaks the chain there.
 * It holds for who can write the entries but not the head; who can do both and makes all seals anew is not found out.
 */
export class Chain {
  #head: Seal;

  constructor(head: Seal = ORIGIN) {
    this.#head = { seq: head.seq, seal: head.seal };
  }

  get head(): Seal {
    return this.#head;
  }

  /** Puts an entry at the end. */
  append(json: string): SealedJson {
    const { seq, seal } = this.#head;
    this.#head = { seq: seq + 1, seal: sealOf(seal, json) };
    return { ...this.#head, json };
  }

  /**
   * Goes on to the next entry that is there. Where that is not what was written, what is wrong; the chain then goes on
   * from there as it is, so that one break hides no other.
   */
  follow({ seq, seal, json }: SealedJson): Break | undefined {
    const before = this.#head;
    this.#head = { seq, seal };
    if (seq !== before.seq + 1) return missing(before.seq + 1, seq - 1);
    if (seal === sealOf(before.seal, json)) return undefined;
    return { seq, reason: `entry ${seq} was changed, or is not the one that followed entry ${before.seq}` };
  }
}

export function sealOf(before: string, json: string): string {
  return createHash('sha256').update(before).update(json).digest('hex');
}

/** The entries from `first` to `last` are not there. */
export function missing(first: number, last: number): Break {
  const reason = first === last ? `entry ${first} is missing` : `the entries ${first} to ${last} are missing`;
  return { seq: first, reason };
}

/** What is known of a log's end and what is found there: both are the same unless somebody cut it off or added to it. */
export function judgeEnd(known: Seal, found: Seal): Break | undefined {
  if (found.seq < known.seq) return missing(found.seq + 1, known.seq);
  if (found.seq > known.seq) {
    return { seq: known.seq + 1, reason: `entries after ${known.seq} were added past this program` };
  }
  if (found.seal === known.seal) return undefined;
  return { seq: known.seq, reason: `entry ${known.seq}, the last one, is not the one that was written` };
}
