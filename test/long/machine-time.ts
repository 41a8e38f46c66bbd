/** Milliseconds on a clock that is one for all processes of a machine. */
export const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6;
