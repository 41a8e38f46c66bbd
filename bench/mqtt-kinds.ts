/** What bench/mqtt.ts and its servers agree on. */
export type MqttKind = 'mqtt in alone' | 'mqtt in to clients';
