import type { RehearsalReport } from '../../lib/live/rehearsed.ts';
import type { ClientInfo } from '../../lib/live/client-info.ts';

/** How many clients a dialog shows at most: it asks each second. */
export const MAX_SHOWN = 200;

/** Who is connected to a server, as its dialog shows it. */
export interface ConnectedClients {
  /** False where no server of this id runs. */
  readonly deployed: boolean;
  /** Of all of them. */
  readonly count: number;
  /** The first {@link MAX_SHOWN}, in the order in which they came. */
  readonly clients: readonly ClientInfo[];
  /** The rehearsal that runs, or was the last since the server was deployed, with {@link MAX_SHOWN} of its clients. */
  readonly rehearsal: RehearsalReport | null;
}
