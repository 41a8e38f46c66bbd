import { namesIn, readNumber, readOptional } from './linux-files.ts';
import { readLimit, Thermometer } from './degrees.ts';
import type { Temperature } from './stats.ts';

/** A place to read a temperature, with what does not change about it. */
interface Sensor extends Omit<Temperature, 'current'> {
  /** The file with the temperature. */
  readonly path: string;
  readonly thermometer: Thermometer;
  /** The lower, the more it is the processor's. */
  readonly rank: number;
}

/** What the processor's own sensors are called: Intel, AMD, then the zones of PCs and of small computers. */
const PROCESSOR = [/^coretemp$/, /^(k10temp|zenpower)$/, /^x86_pkg_temp$/, /cpu/i, /soc/i];
/** Of a processor's several sensors, the one for the whole of it. */
const WHOLE = /^(package|tdie|physical)/i;

/**
 * The processor's temperature, or that of the next sensor where it tells none that can be. Sensors are looked for once,
 * because that takes many reads; while there is none, and when they are all gone, they are looked for again.
 */
export class LinuxTemperature {
  readonly #sys: string;
  #sensors: readonly Sensor[] = [];

  constructor(sys: string) {
    this.#sys = sys;
  }

  async read(): Promise<Temperature | null> {
    if (this.#sensors.length === 0) this.#sensors = await findSensors(this.#sys);
    let isThere = false;
    // One after the other: the first that answers is the one, and it is nearly always the first.
    for (const { path, thermometer, sensor, label, high, critical } of this.#sensors) {
      const raw = await readNumber(path);
      isThere ||= raw !== null;
      const current = thermometer.read(raw);
      if (current !== null) return { sensor, label, current, high, critical };
    }
    if (!isThere) this.#sensors = [];
    return null;
  }
}

async function findSensors(sys: string): Promise<Sensor[]> {
  const chips = await namesIn(`${sys}/class/hwmon`, /^hwmon\d+$/);
  const zones = await namesIn(`${sys}/class/thermal`, /^thermal_zone\d+$/);
  const found = await Promise.all([
    ...chips.map((name) => sensorsOfChip(`${sys}/class/hwmon/${name}`)),
    ...zones.map((name) => sensorOfZone(`${sys}/class/thermal/${name}`)),
  ]);
  return found.flat().toSorted((a, b) => a.rank - b.rank);
}

async function sensorsOfChip(folder: string): Promise<Sensor[]> {
  const sensor = (await readOptional(`${folder}/name`)) ?? '';
  const inputs = await namesIn(folder, /^temp\d+_input$/);
  return Promise.all(
    inputs.map(async (input) => {
      const base = `${folder}/${input.replace('_input', '')}`;
      const label = (await readOptional(`${base}_label`)) ?? '';
      const limits = limitsOf(await limitIn(`${base}_max`), await limitIn(`${base}_crit`));
      const thermometer = new Thermometer();
      return { path: `${base}_input`, thermometer, sensor, label, ...limits, rank: rankOf(sensor, label) };
    }),
  );
}

async function sensorOfZone(folder: string): Promise<Sensor> {
  const sensor = (await readOptional(`${folder}/type`)) ?? '';
  const trips = await namesIn(folder, /^trip_point_\d+_type$/);
  let high: number | null = null;
  let critical: number | null = null;
  for (const trip of trips) {
    const kind = await readOptional(`${folder}/${trip}`);
    const degrees = await limitIn(`${folder}/${trip.replace('_type', '_temp')}`);
    if (kind === 'hot') high = degrees;
    if (kind === 'critical') critical = degrees;
  }
  return {
    path: `${folder}/temp`,
    thermometer: new Thermometer(),
    sensor,
    label: '',
    ...limitsOf(high, critical),
    rank: rankOf(sensor, ''),
  };
}

/** As psutil has it: a sensor with one limit has that one for both. */
function limitsOf(high: number | null, critical: number | null): Pick<Sensor, 'high' | 'critical'> {
  return { high: high ?? critical, critical: critical ?? high };
}

function rankOf(sensor: string, label: string): number {
  const index = PROCESSOR.findIndex((pattern) => pattern.test(sensor));
  const family = index === -1 ? PROCESSOR.length : index;
  return family - (WHOLE.test(label) ? 0.5 : 0);
}

async function limitIn(path: string): Promise<number | null> {
  return readLimit(await readNumber(path));
}
