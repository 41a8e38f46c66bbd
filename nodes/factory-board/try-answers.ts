/** A channel as it runs, for the board's dialog. */
export interface RunningChannel {
  readonly id: string;
  readonly line: number;
  readonly activeLow: boolean;
  readonly state: boolean | null;
  readonly available: boolean;
  /** Why it is not available, for a person. */
  readonly reason?: string;
}

/** A board as it runs; `driver` is null where none of this id does. */
export interface RunningSettings {
  readonly driver: string | null;
  readonly chip: string;
  readonly channels: readonly RunningChannel[];
}
