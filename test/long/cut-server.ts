/**
 * A plant's server to be cut and killed: `node cut-server.ts SETTINGS`. Its devices change all the time, each to a value higher than
 * all before; every change is in a file before anybody is told, and begun again with that file it goes on from there.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { randomOf } from '../kill/random.ts';
import { device, Plant } from '../client/serving.ts';
import { serveOrders } from './children.ts';

export interface ServerSettings {
  /** 0: any that is free. */
  readonly port: number;
  readonly file: string;
  readonly seed: number;
}

/** A cut, or `rest`: nothing changes until `go-on`, and the {@link Rest} is answered. `ms`: for how long. */
export type Order = { readonly do: CutName | 'refuse' | 'accept' | 'rest' | 'go-on'; readonly ms?: number };
export type CutName = 'drop' | 'leave' | 'deploy' | 'refuse-for';

export interface Rest {
  readonly devices: readonly (readonly [id: string, value: number])[];
  readonly epoch: string;
  readonly seq: number;
  /** How many changes there have been, in all lives. */
  readonly value: number;
}

const DEVICES = 20;
const { port, file, seed } = JSON.parse(process.argv[2]!) as ServerSettings;
const plant = new Plant('0.0.0.0');
plant.speaksV2 = true;
plant.port = port;

let value = 0;
const now = new Map<string, number>();
const written = openSync(file, 'a+');
// The last line may have been cut.
for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
  const [id = '', told = ''] = line.split(' ');
  value = Number(told);
  if (line.endsWith('-')) now.delete(id);
  else now.set(id, value);
}
// What it has by itself.
plant.live.publish('devices/a', null);
for (const [id, last] of now) plant.live.publish(`devices/${id}`, device(id, last));

const random = randomOf(seed + value);
const change = (): void => {
  const id = `d${Math.floor(random() * DEVICES)}`;
  const isGone = random() < 0.02;
  writeSync(written, `${id} ${++value}${isGone ? ' -' : ''}\n`);
  if (isGone) now.delete(id);
  else now.set(id, value);
  plant.live.publish(`devices/${id}`, isGone ? null : device(id, value));
};
let isResting = false;
setInterval(() => {
  if (isResting) return;
  for (let burst = Math.floor(random() * 5); burst >= 0; burst--) change();
}, 5);

const cuts: Record<Order['do'], (ms: number) => unknown> = {
  drop: () => plant.drop(),
  async leave(ms) {
    await plant.halt();
    await delay(ms);
    await plant.start();
  },
  deploy: () => plant.renew(true),
  refuse: () => plant.refuseSocket(),
  accept: () => plant.attach(),
  async 'refuse-for'(ms) {
    plant.refuseSocket();
    await delay(ms);
    plant.attach();
  },
  rest(): Rest {
    isResting = true;
    const { epoch, seq } = plant.live.retained;
    return { devices: [...now], epoch, seq, value };
  },
  'go-on': () => {
    isResting = false;
  },
};

await plant.start();
serveOrders({ port: plant.port }, ({ do: what, ms = 0 }: Order) => cuts[what](ms));
