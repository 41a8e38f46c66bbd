/** What this machine is set to do when something breaks. Null: it could not be read. */
export interface CrashFacts {
  readonly release: Release;
  /** What the Raspberry Pi's chip is set to, where there is such a setting. */
  readonly persists: boolean | null;
  /** After a panic the kernel starts the machine again in so many seconds; 0: never, negative: at once. */
  readonly panicSeconds: number | null;
  /** Whether an error inside of the kernel is a panic. */
  readonly panicOnOops: boolean | null;
  readonly watchdogs: readonly Watchdog[];
  readonly supervisor: Supervisor;
}

/**
 * What becomes of a line that nobody holds any more. `keeps`: it stays an output at its level; `input`: it goes back to an
 * input, and so to its pull; `resets`: to what the simulation is set to; `chip`: that is not known of this chip.
 */
export type Release = 'keeps' | 'input' | 'resets' | 'chip';

export interface Watchdog {
  /** Such as `watchdog0`. */
  readonly name: string;
  /** What its driver calls it; empty where it does not say. */
  readonly identity: string;
  /** Whether it runs, so that somebody has to feed it. */
  readonly active: boolean | null;
  /** It resets the machine when it was not fed for so many seconds. */
  readonly timeout: number | null;
}

/** Who starts Node-RED again. */
export type Supervisor =
  | {
      readonly kind: 'systemd';
      readonly unit: string;
      /** As in its unit file, such as `always`; null: no unit file of it was found. */
      readonly restart: string | null;
    }
  /** What becomes of a container is up to who runs it, and not seen from inside. */
  | { readonly kind: 'container' }
  /** It was started by hand, or in a way that is not known here. */
  | { readonly kind: 'none' };
