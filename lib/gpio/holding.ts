/** What a board holds in this process, through its redeploys: for who looks ahead. */
export interface Holding {
  /** The chip as it was named in the settings; empty where a driver has none, or nothing is held. */
  readonly chip: string;
  /** Where its lines are; only lines of the same place are the same lines. */
  readonly place: string;
  /** Held now: opened again at the level that they have. */
  readonly lines: readonly number[];
  /** Let go of, and yet not opened at their initial level: they come as they are found. */
  readonly remembered: readonly number[];
}
