/** Access as the stored flows have it, for flows that do not run: nobody is let in because a node could not start. */
import { asError } from '../base/errors.ts';
import type { Access, AccessSettings } from './access.ts';
import { parseEngineers } from './entries.ts';
import { parseAccess, type AccessDef } from './settings.ts';

export interface StoredNode extends AccessDef {
  readonly id: string;
  readonly type: string;
  /** Disabled by itself. */
  readonly d?: unknown;
  /** Its plant keeps sessions, once it runs. */
  readonly plant?: unknown;
}

/** Access node of a flow: also one whose tab is disabled, because nobody opens a plant by disabling a tab. */
export function isAccessNode({ type, d }: Pick<StoredNode, 'type' | 'd'>): boolean {
  return type === 'factory-access' && d !== true;
}

/** Applies the settings of an access node. Throws `config` after refusing everybody where they cannot work. */
export function applySettings(access: Access, def: AccessDef, secrets: unknown): AccessSettings {
  try {
    const settings = parseAccess(def, secrets);
    access.configure(settings);
    return settings;
  } catch (thrown) {
    access.refuseAll(asError(thrown).message, parseEngineers(def.people, secrets));
    throw thrown;
  }
}

/** Applies what stored flows say; without an access node in them only this machine is trusted. Never throws. */
export function applyStored(
  access: Access,
  nodes: Iterable<StoredNode>,
  secretsOf: (node: string) => unknown,
): void {
  const [node] = Array.from(nodes).filter(isAccessNode);
  if (!node) {
    access.forget();
    return;
  }
  try {
    // Not read from the environment as a running node does; they only widen what is allowed.
    const { people, nodeRedUsers } = node;
    applySettings(access, { people, nodeRedUsers }, secretsOf(node.id));
    access.awaitSessions(Boolean(node.plant));
  } catch {
    // Told by `access.broken`.
  }
}
