/** Reads temperatures as drivers tell them: in thousandths of a degree, some in whole degrees, and of sensors that are not there. */
import { round } from './stats.ts';

/** Range that a sensor of silicon can measure, °C. */
const LOWEST = -55;
const HIGHEST = 150;
/** Distance from 0 °C within which a temperature may pass through it by the next reading, °C. */
const NEAR_ZERO = 10;
/** Below this a number in thousandths of a degree would be within one degree of 0 °C. */
const ONE_DEGREE = 1000;

/** Temperature as it can be one; null for any other number. */
export function plausible(degrees: number | null): number | null {
  return degrees !== null && degrees >= LOWEST && degrees <= HIGHEST ? round(degrees) : null;
}

/** Limit of a sensor; null where it is none, such as the 0 and the 65261850 of drivers that have none. */
export function readLimit(raw: number | null): number | null {
  if (raw === null || raw <= 0) return null;
  return plausible(raw < ONE_DEGREE ? raw : raw / 1000);
}

/** One sensor. Its unit is judged by what it has told, because 65 may be 65 °C and -200 a cold morning. */
export class Thermometer {
  #last: number | null = null;
  #isWhole = false;

  /** Null for a number that is no temperature, and for the 0 of a sensor that is not there. */
  read(raw: number | null): number | null {
    this.#last = raw === null ? null : plausible(this.#degrees(raw));
    return this.#last;
  }

  #degrees(raw: number): number | null {
    const isNearZero = this.#last !== null && Math.abs(this.#last) < NEAR_ZERO;
    if (Math.abs(raw) >= ONE_DEGREE) {
      this.#isWhole = false;
      return raw / 1000;
    }
    if (isNearZero) return this.#isWhole ? raw : raw / 1000;
    if (raw === 0) return null;
    this.#isWhole = true;
    return raw;
  }
}
