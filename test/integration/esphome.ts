/** A device that speaks as ESPHome does: it keeps all that it says at the broker, and cannot be asked. */
import type * as Mqtt from 'mqtt';
import { mqtt } from './mosquitto.ts';

export const TOPICS = {
  status: 'esp1/status',
  state: 'esp1/switch/valve/state',
  command: 'esp1/switch/valve/command',
} as const;

/** Keeps a message at the broker, as a device that has gone since has left it there; empty text removes it. */
export async function keep(port: number, kept: Readonly<Record<string, string>>): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  for (const [topic, payload] of Object.entries(kept))
    await client.publishAsync(topic, payload, { retain: true, qos: 1 });
  await client.endAsync();
}

/** Publishes once, as anybody may. */
export async function publish(
  port: number,
  topic: string,
  payload: string,
  options: Mqtt.IClientPublishOptions = {},
): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  await client.publishAsync(topic, payload, { qos: 1, ...options });
  await client.endAsync();
}

export class Esphome {
  /** Every command that it was sent. */
  readonly told: string[] = [];
  #isOn = false;
  readonly #client: Mqtt.MqttClient;

  private constructor(client: Mqtt.MqttClient) {
    this.#client = client;
    client.on('message', (_topic, payload) => {
      this.told.push(payload.toString());
      this.#turn(payload.toString() === 'ON');
    });
  }

  static async start(port: number, isOn = false): Promise<Esphome> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      will: { topic: TOPICS.status, payload: Buffer.from('offline'), retain: true, qos: 1 },
    });
    const device = new Esphome(client);
    device.#isOn = isOn;
    await client.subscribeAsync(TOPICS.command, { qos: 1 });
    await client.publishAsync(TOPICS.status, 'online', { retain: true, qos: 1 });
    await device.#tell();
    return device;
  }

  end(): Promise<void> {
    return this.#client.endAsync(true);
  }

  /** It says nothing where nothing has changed. */
  #turn(isOn: boolean): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    void this.#tell();
  }

  async #tell(): Promise<void> {
    await this.#client.publishAsync(TOPICS.state, this.#isOn ? 'ON' : 'OFF', { retain: true, qos: 1 });
  }
}
