import type { Unsubscribe } from '../base/events.ts';

/** One output of a board, as its driver has to know it. */
export interface OutputLine {
  /** The line's number on its chip, such as the BCM number on a Raspberry Pi. */
  readonly line: number;
  /** The relay is on while the line is low. Only the driver knows: everyone else sees on and off. */
  readonly activeLow: boolean;
  /**
   * What the line becomes, written before it is made an output, so that no relay twitches; 'keep' leaves it
   * as it is found.
   */
  readonly initial: boolean | 'keep';
}

/**
 * The outputs of one board: on and off by line number, whatever the hardware below is. Every method rejects
 * with a FactoryError `unavailable` when the hardware is not there, is busy or fails.
 *
 * Levels are held: a line keeps its level when it is released, and one that this process released before is
 * opened as it is, whatever its `initial` says. A redeploy closes and opens every board, and must not move a
 * machine.
 */
export interface GpioDriver {
  /** No hardware is moved. Shown with every state and every result. */
  readonly simulated: boolean;
  /** How far {@link read} reaches: to the line itself, or, where nothing can be read back, to what was written last. */
  readonly verified: 'line' | 'command';
  /** Takes all lines, or none of them if it rejects; may be called again then, and after {@link release}. */
  open(lines: readonly OutputLine[]): Promise<void>;
  /** Sets these lines, all at the same moment where the hardware can. */
  write(levels: ReadonlyMap<number, boolean>): Promise<void>;
  /** What is on these lines now, as the hardware tells it. */
  read(lines: readonly number[]): Promise<Map<number, boolean>>;
  /** Reason, for a person, why what this line was read to be is uncertain. Left out, or undefined: it is not. */
  doubt?(line: number): string | undefined;
  /**
   * Sets these lines on the spot: for the end of the process, which waits for nothing. Also after {@link release}, as
   * long as their levels are held. Never throws: nobody is left to hear it.
   */
  setAtExit(levels: ReadonlyMap<number, boolean>): void;
  /**
   * Sets these lines after {@link release}, as long as their levels are held; throws `unavailable` where they are not. Left
   * out: the driver reaches its lines through flows alone.
   */
  writeHeld?(levels: ReadonlyMap<number, boolean>): void;
  /**
   * Sends levels to outputs that cannot be read now, and waits for nothing: a safe state must not wait for a read-back. Returns
   * whether they were sent; never throws. Left out: what cannot be read cannot be written either.
   */
  attempt?(levels: ReadonlyMap<number, boolean>): boolean;
  /** Lets go of all lines, holding their levels. Harmless when nothing is open. */
  release(): Promise<void>;
  /**
   * Calls `hear` when a line may be other than it was last read, when the hardware has failed, and when it may be there
   * again. Left out: the driver hears of nothing by itself, and is read from time to time.
   */
  watch?(hear: () => void): Unsubscribe;
}
