/**
 * Who can use the editor can run programs, and who is at a dashboard can switch; so everything that this Node-RED
 * serves asks who it is, as the plant does. Only what asks for itself is let through: the plant's API and socket, whose
 * origins are settings of their nodes, the page where people sign in with the scripts of the client, and the editor once
 * people have to sign in to it.
 */
import type { AccessPolicy } from '../../lib/access/authorise.ts';
import { below, SCRIPTS_PATH } from '../../lib/api/path.ts';
import { Gate, type Covering } from '../../nodes/gate.ts';
import type { FlowNode } from './bundled-flows.ts';
import { activeNodes } from './summary.ts';

/** What the flows serve, and whom the gate leaves it to. */
export class Places {
  /** Open with all that is below. */
  #open: readonly string[] = [SCRIPTS_PATH];
  /** Open themselves, and nothing below: a live server serves its path alone. */
  #sockets: readonly string[] = [];
  #pages: readonly string[] = [];

  follow(flows: readonly FlowNode[]): void {
    const active = activeNodes(flows);
    const texts = (type: string, property: string): string[] =>
      active
        .filter((node) => node.type === type)
        .map((node) => node[property])
        .filter(
          (value): value is string => typeof value === 'string' && value.startsWith('/') && value !== '/',
        );
    this.#open = [SCRIPTS_PATH, ...texts('factory-api', 'base')];
    this.#sockets = texts('factory-server', 'path');
    this.#pages = [
      ...texts('ui-base', 'path'),
      ...(active.some(({ type }) => type === 'ui_tab') ? ['/ui'] : []),
    ];
  }

  covering(path: string, editor: string | undefined): Covering {
    if (this.#open.some((base) => below(path, base) !== undefined)) return undefined;
    if (this.#sockets.some((base) => below(path, base) === '/')) return undefined;
    if (editor !== undefined && below(path, editor) !== undefined) return undefined;
    return this.#pages.some((page) => below(path, page) !== undefined) ? 'page' : 'deed';
  }
}

/** The gate of `npm start`. `editor`: where it is, which asks for itself once access is configured. */
export function startGate(policy: AccessPolicy, places: Places, editor: string): Gate {
  return new Gate({
    policy,
    onlyOnceConfigured: false,
    root: '',
    covers: (path) => places.covering(path, policy.access?.isConfigured ? editor : undefined),
    onRefused: (refused) => {
      const line = policy.access?.refused({ ...refused, via: 'http' });
      if (line !== undefined) console.log(`[warn] ${line}`);
    },
  });
}
