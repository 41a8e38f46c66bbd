/**
 * Who can use the editor can run programs, and who is at a dashboard can switch; so everything that this Node-RED
 * serves asks who it is, as the plant does. Only what asks for itself is let through: the plant's API and socket, whose
 * origins are settings of their nodes, the page where people sign in with the scripts of the client, and the editor once
 * people have to sign in to it.
 */
import type { AccessPolicy } from '../../lib/access/authorise.ts';
import { below, SCRIPTS_PATH } from '../../lib/api/path.ts';
import { Gate, type Covering, type GateOptions } from '../../nodes/gate.ts';
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

  covering(path: string): Covering {
    if (this.#open.some((base) => below(path, base) !== undefined)) return undefined;
    if (this.#sockets.some((base) => below(path, base) === '/')) return undefined;
    return this.#pages.some((page) => below(path, page) !== undefined) ? 'page' : 'deed';
  }
}

/**
 * The gates of `npm start`: one for the editor, which asks for itself once there is an engineer and until then is for this
 * machine alone, and one for everything else.
 */
export function startGates(policy: AccessPolicy, places: Places, editor: string): Gate[] {
  const { access, ...here } = policy;
  const onRefused: GateOptions['onRefused'] = (refused) => {
    const line = access?.report.refused({ ...refused, via: 'http' });
    if (line !== undefined) console.log(`[warn] ${line}`);
  };
  const common = { onlyOnceConfigured: false, root: '', onRefused };
  const isEditor = (path: string): boolean => below(path, editor) !== undefined;
  return [
    new Gate({
      ...common,
      policy: {
        ...here,
        // Once people have to sign in, nobody is let in because of where they are.
        get open() {
          return here.open && !access?.isConfigured;
        },
      },
      covers: (path) => (isEditor(path) && !access?.people.hasEngineer ? 'deed' : undefined),
    }),
    new Gate({ ...common, policy, covers: (path) => (isEditor(path) ? undefined : places.covering(path)) }),
  ];
}
