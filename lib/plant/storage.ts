import { join, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Reading } from '../relays/reading.ts';
import { MemoryStore } from '../store/memory.ts';
import { SqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';

export interface StorageSettings {
  /** Names the plant as long as it exists. */
  readonly id: string;
  readonly storage: 'sqlite' | 'memory';
  /** Of the database; relative to `folder`. Empty: `factory-iot/<id>.db`. */
  readonly file: string;
  /** Where this machine keeps what belongs to Node-RED. */
  readonly folder: string;
  readonly clock: Clock;
}

/** What plants in memory only hold, by their ids: it outlives a plant that is made anew, not the process. */
const memories = new Map<string, MemoryStore>();

/** The store that a plant is set to have. Nothing is opened yet. */
export function storeFor({ id, storage, file, folder, clock }: StorageSettings): Store {
  if (storage === 'sqlite') {
    forgetMemory(id);
    return new SqliteStore({ file: databaseFile(id, file, folder), clock });
  }
  const memory = memories.get(id) ?? new MemoryStore();
  memories.set(id, memory);
  return memory;
}

/** Readings of the conditions' topics, by the ids of their plants: a deploy must trip nothing. */
const topics = new Map<string, Map<string, Reading>>();

/** The topics of a plant, through the deploys of this process. */
export function topicsOf(id: string): Map<string, Reading> {
  const known = topics.get(id) ?? new Map<string, Reading>();
  topics.set(id, known);
  return known;
}

/** Drops the topics of a plant that is gone for good. */
export function forgetTopics(id: string): void {
  topics.delete(id);
}

/** Drops what a plant in memory only holds, once it is gone for good. */
export function forgetMemory(id: string): void {
  memories.delete(id);
}

function databaseFile(id: string, file: string, folder: string): string {
  return resolve(folder, file.trim() || join('factory-iot', `${id}.db`));
}
