/**
 * What becomes of a relay. `kept`: its line stays as it is. `let-go`: its line is nobody's any more. `moved`: a line that the
 * board did not have, or that means something else from then on. `invalid`, `unavailable`: nobody can switch it.
 */
export type Fate = 'kept' | 'let-go' | 'moved' | 'invalid' | 'unavailable';

/**
 * What a relay that is moved becomes. `as-found`: what its line is then; `as-was`: what it was last, which only the plant
 * knows; `turned`: its line stays, and on means off from then on; `as-other`: it takes over the level of a line that the
 * board has for another relay.
 */
export type Becomes = 'on' | 'off' | 'as-found' | 'as-was' | 'turned' | 'as-other';

export interface RelayPreview {
  readonly relay: string;
  readonly name: string;
  readonly line: number;
  /** What it is now, as read back. */
  readonly state: boolean | null;
  readonly fate: Fate;
  /** With `moved` alone. */
  readonly becomes?: Becomes;
  /** Its line is nobody's for a moment, because others join or leave it; then it is as before. */
  readonly blinks?: true;
  /** Why not, for a person. */
  readonly reason?: string;
}

export interface BoardPreview {
  readonly id: string;
  readonly name: string;
  readonly problem?: { readonly fate: 'invalid' | 'unavailable'; readonly reason: string };
  readonly relays: readonly RelayPreview[];
}

/** What a deploy would do to all outputs. */
export interface Preview {
  /** How many outputs would be moved or let go of. */
  readonly moves: number;
  /** How many boards would not work. */
  readonly problems: number;
  readonly boards: readonly BoardPreview[];
}
