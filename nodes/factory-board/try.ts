import type { NodeAPI } from 'node-red';
import { FactoryError } from '../../lib/base/errors.ts';
import { quote } from '../../lib/base/text.ts';
import { TRIALS, tryChannel } from '../../lib/relays/trial.ts';
import { serveGet, servePost, userOf } from '../admin.ts';
import type { Deployed, DeployedBoards } from './deployed.ts';
import type { RunningChannel, RunningSettings } from './try-answers.ts';

/** Lets the board's dialog see which of its channels run as they are there, and try those. */
export function serveTrials(RED: NodeAPI, deployed: DeployedBoards): void {
  serveGet(RED, '/factory-iot/running', ({ query: { board } }) =>
    runningOf(typeof board === 'string' ? deployed.get(board) : undefined),
  );

  servePost(RED, '/factory-iot/try', (body, request) => {
    const { board: id, relay, line, activeLow, trial: wanted } = body;
    const trial = TRIALS.find((each) => each === wanted);
    if (!trial) throw new FactoryError('invalid', `trial must be one of ${TRIALS.map(quote).join(', ')}`);
    if (typeof id !== 'string' || typeof relay !== 'string')
      throw new FactoryError('invalid', 'board and relay must be text');
    const found = deployed.get(id);
    if (!found) throw new FactoryError('invalid', 'the board is not deployed, or its settings do not work');
    const { board, channels, plant } = found;
    const wish = { relay, line, activeLow, trial, by: userOf(request), from: request.ip ?? '' };
    return tryChannel(board, channels, wish, plant.clock);
  });
}

function runningOf(found: Deployed | undefined): RunningSettings {
  if (!found) return { driver: null, chip: '', channels: [] };
  const records = new Map(found.board.records().map((record) => [record.id, record]));
  const channels = found.channels.map(({ id, line, activeLow }): RunningChannel => {
    const { state = null, available = false, reason } = records.get(id) ?? {};
    return { id, line, activeLow, state, available, ...(reason !== undefined && { reason }) };
  });
  return { driver: found.driver, chip: found.chip, channels };
}
