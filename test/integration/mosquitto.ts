/** A real broker for a test, and the device that a test is about, as a client of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';
import type * as Mqtt from 'mqtt';

const MOSQUITTO = '/usr/sbin/mosquitto';
// The one that Node-RED's own nodes use.
const nodeRed = createRequire(createRequire(import.meta.url).resolve('@node-red/nodes/package.json'));
export const mqtt = nodeRed('mqtt') as typeof Mqtt;

/** Skips the suite whose `before` calls this where there is no broker, and says so in one line. */
export function needMosquitto(suite: Context): void {
  if (existsSync(MOSQUITTO)) return;
  console.log(`    skipped: there is no ${MOSQUITTO} (Debian: apt-get install mosquitto)`);
  suite.skip();
}

export class Broker {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'factory-iot-mosquitto-'));
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  /** Starts one on a free port of this machine. */
  static async start(): Promise<Broker> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const broker = new Broker(port);
    await broker.start();
    return broker;
  }

  /** Starts it (again), with nothing of what it knew. */
  async start(): Promise<void> {
    const config = join(this.#folder, 'mosquitto.conf');
    writeFileSync(config, `listener ${this.port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
    const process = spawn(MOSQUITTO, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = process;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      // Read to its end: a broker that cannot write its log stops.
      process.stderr.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('running')) resolve();
      });
      process.once('exit', () => reject(new Error(`mosquitto does not start: ${said}`)));
    });
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process || process.exitCode !== null) return;
    process.kill('SIGKILL');
    await once(process, 'exit');
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A device with two relays that speaks as Tasmota does. */
export class Tasmota {
  /** What its relays are, by number from 1. */
  readonly relays = new Map([
    [1, false],
    [2, false],
  ]);
  /** Every write that it was told, such as `POWER1 ON`. */
  readonly told: string[] = [];
  /** It is on the network, and neither does nor says anything. */
  isHung = false;
  #client: Mqtt.MqttClient | undefined;
  readonly #port: number;
  readonly #topic = 'cabinet';

  constructor(port: number) {
    this.#port = port;
  }

  async connect(): Promise<void> {
    const client = mqtt.connect(`mqtt://127.0.0.1:${this.#port}`, {
      reconnectPeriod: 50,
      will: { topic: `tele/${this.#topic}/LWT`, payload: Buffer.from('Offline'), retain: true, qos: 1 },
    });
    this.#client = client;
    // It goes on trying while the broker is away.
    client.on('error', () => {});
    client.on('message', (topic, payload) => this.#take(topic, payload.toString()));
    const subscribed = new Promise<void>((resolve, reject) => {
      client.on('connect', () => {
        client.subscribe(`cmnd/${this.#topic}/+`, { qos: 1 }, (error) => {
          client.publish(`tele/${this.#topic}/LWT`, 'Online', { retain: true, qos: 1 });
          if (error) reject(error);
          else resolve();
        });
      });
    });
    await subscribed;
  }

  /** Somebody presses its button. */
  press(relay: number): void {
    this.relays.set(relay, !this.relays.get(relay));
    this.#tell(relay);
  }

  /** Its plug is pulled: the broker tells its last will. */
  async pull(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.stream.destroy();
    client.end(true);
    await closed;
  }

  async end(): Promise<void> {
    await this.#client?.endAsync(true);
  }

  #take(topic: string, payload: string): void {
    if (this.isHung) return;
    const name = topic.split('/').at(-1)!;
    const relay = Number(name.replace('POWER', ''));
    if (payload !== '') {
      this.told.push(`${name} ${payload}`);
      this.relays.set(relay, payload === 'ON');
    }
    this.#tell(relay);
  }

  #tell(relay: number): void {
    const state = this.relays.get(relay) ? 'ON' : 'OFF';
    const result = JSON.stringify({ [`POWER${relay}`]: state });
    this.#client?.publish(`stat/${this.#topic}/RESULT`, result, { qos: 1 });
    this.#client?.publish(`stat/${this.#topic}/POWER${relay}`, state, { qos: 1 });
  }
}
