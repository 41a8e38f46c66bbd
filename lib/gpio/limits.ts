/** What holds for every use of lines, and what dialogs have to know of it: nothing here needs Node.js. */

/** How long the name of a chip may be. */
export const MAX_CHIP_LENGTH = 100;
/** Chips and expanders have far fewer lines; sysfs numbers the lines of all chips through. */
export const MAX_LINE = 65_535;
/** The longest time that an input may need to come to rest, milliseconds. */
export const MAX_DEBOUNCE_MS = 10_000;

/** How long whoever lost its hardware waits before it tries to open it again, milliseconds. */
export const REOPEN_MS = 5000;
/** How often lines are read where nobody asks: someone may move them past us, or pull the plug. */
export const READ_EACH_MS = 1000;
