/** Those who work beside: an engineer who switches the relay `b`, and a viewer who is told of it. */
import assert from 'node:assert/strict';
import type { Update } from '../../lib/live/protocol.ts';
import { UPDATE } from '../../lib/live/protocol.ts';
import type { Result } from '../../lib/relays/relay.ts';
import { connect } from '../integration/clients.ts';
import { ask } from '../lib/live/serving.ts';
import { tokenOf } from './people.ts';
import type { FuzzPlant } from './plant.ts';
import { passing } from './rounds.ts';

export interface Bystanders {
  readonly count: number;
  /** One command, which is carried out and told to both; and nobody else has moved what is theirs, or no one's. */
  work(): Promise<void>;
  close(): void;
}

export async function openBystanders(plant: FuzzPlant): Promise<Bystanders> {
  const { port, clock, moves } = plant;
  const url = `http://127.0.0.1:${port}`;
  const engineer = await connect(url, 'websocket', { auth: { token: tokenOf('engineer'), protocol: 2 } });
  const viewer = await connect(url, 'polling', { auth: { token: tokenOf('viewer') } });
  const before = moves('b');
  const untouched = moves('c');
  let done = 0;
  let state = false;
  return {
    count: 2,
    async work() {
      state = !state;
      const changed = (update: Update): boolean =>
        update.kind === 'changes' &&
        update.changes.some(
          ([topic, relay]) => topic === 'relays/b' && (relay as { state: unknown }).state === state,
        );
      const told = engineer.next(UPDATE, changed);
      const listed = viewer.next<{ relays?: { b: boolean } }>(
        'relays_update',
        ({ relays }) => relays?.b === state,
      );
      const command = { relay: 'b', action: state ? 'on' : 'off' };
      const all = Promise.all([ask(engineer, 'command', command) as Promise<Result>, told, listed]);
      const [{ ok, code }] = await passing(clock, all);
      done++;
      assert.deepEqual([ok, code], [true, 'done']);
      assert.deepEqual([moves('b') - before, moves('c')], [done, untouched], 'moves of b and c');
      // What was heard is not needed any more, and would be most of what the process keeps.
      for (const { heard } of [engineer, viewer]) heard.length = 0;
    },
    close() {
      engineer.close();
      viewer.close();
    },
  };
}
