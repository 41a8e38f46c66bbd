/** Types of {@link Access}: what is set, and who has come in by it. */
import type { Entry } from './entries.ts';
import type { Proxies } from './proxies.ts';
import type { Rights } from './role.ts';
import type { Opened } from './sessions.ts';

export interface AccessSettings {
  readonly entries: readonly Entry[];
  /** True if users of Node-RED may sign in by a ticket. */
  readonly nodeRedUsers: boolean;
  readonly origins: readonly string[];
  readonly proxies: Proxies;
  /** Length of a remembered session, milliseconds. */
  readonly rememberMs: number;
}

/** Someone who is known. */
export interface Identity extends Rights {
  readonly name: string;
  /** Credential id that the identity rests on; checked again at each step, because it may end. */
  readonly grant: string;
  /** Milliseconds since 1970; null: it does not end by itself. */
  readonly expires: number | null;
}

export type SignIn = { readonly opened: Opened; readonly identity: Identity } | { readonly failed: Failure };
export interface Failure {
  readonly code: 'unauthenticated' | 'limit';
  readonly reason: string;
  /** Milliseconds until the next attempt is heard. */
  readonly retryAfter?: number;
}
