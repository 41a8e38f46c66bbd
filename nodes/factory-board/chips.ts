import type { NodeAPI } from 'node-red';
import { asError } from '../../lib/base/errors.ts';
import { listChips } from '../../lib/gpio/chips.ts';

/** Tells the board's dialog which chips and lines this machine has; for who may see the flows. */
export function serveChips(RED: NodeAPI): void {
  const mayRead = RED.auth.needsPermission('factory-iot.read');
  RED.httpAdmin.get('/factory-iot/chips', mayRead, (_request, response) => {
    listChips().then(
      (chips) => response.json({ chips }),
      (error: unknown) => response.status(503).json({ error: String(asError(error)) }),
    );
  });
}
