/** One property of a node type, with values that its dialog must refuse and others that it must take. */
export interface Trial {
  readonly property: string;
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

const SERVER: readonly Trial[] = [
  { property: 'path', bad: ['', 'socket.io', '/a b'], good: ['/live/socket.io', '/socket.io'] },
  {
    property: 'origins',
    bad: ['*', 'localhost:3000', 'http://localhost:3000/app'],
    good: ['', '${FACTORY_ORIGINS}', 'http://localhost:3000, https://panel.example.com'],
  },
  { property: 'maxClients', bad: ['', '0', '2.5', 'many'], good: ['1', '500'] },
  { property: 'maxPerAddress', bad: ['0', '10001'], good: ['', '250'] },
  { property: 'maxHalfOpen', bad: ['0', '10001'], good: ['', '500'] },
  { property: 'maxPacket', bad: ['0', '1025'], good: ['', '64'] },
  { property: 'maxEvents', bad: ['-1', '10001'], good: ['', '50'] },
];

const ACCESS: readonly Trial[] = [
  { property: 'rememberDays', bad: ['0', '366', '1.5'], good: ['1', '365', '30'] },
  { property: 'origins', bad: ['*', 'http://localhost:3000/app'], good: ['', 'https://panel.example.com'] },
  {
    property: 'proxies',
    bad: ['everyone', '10.0.0.1/x'],
    good: ['', '${FACTORY_PROXIES}', '10.0.0.5, ::1, 192.168.1.0/24'],
  },
];

/** The last wrong value becomes the node's label, and `__proto__` as a label would hang the editor. */
const DEVICE: readonly Trial[] = [
  { property: 'device', bad: ['__proto__', 'two words', '-pump'], good: ['', 'hall1:pump_7'] },
  { property: 'interval', bad: ['0', '604801', 'often'], good: ['', '2.5'] },
  { property: 'availability', bad: ['#/x', 'a/{b'], good: ['', 'gateway/{area}', 'plant/{id}/status'] },
  {
    property: 'pattern',
    bad: ['plant/{area}', 'plant/#/{id}', '{id}/{id}'],
    good: ['', 'plant/{area}/{id}'],
  },
  { property: 'unit', bad: ['x'.repeat(33)], good: ['', 'm³/h'] },
];

const INPUT: readonly Trial[] = [
  { property: 'input', bad: ['', 'door 1', '-door', 'x'.repeat(65)], good: ['door1', 'hall1:door_7'] },
  { property: 'debounce', bad: ['-1', 'soon', '10001'], good: ['', '0', '12.5', '20'] },
  { property: 'device', bad: ['two words', '-door'], good: ['', 'hall1:door_7'] },
];

const IO: readonly Trial[] = [
  { property: 'writeTopic', bad: ['{id}/{line}', 'a/#'], good: ['', 'cmnd/{id}/POWER'] },
  { property: 'readTopic', bad: ['stat/#', '{name}'], good: ['', 'stat/POWER', '+/stat/{id}/POWER'] },
  { property: 'first', bad: ['-1', '65536', '1.5'], good: ['65535', '8'] },
];

export const TRIALS: Readonly<Record<string, readonly Trial[]>> = {
  'factory-plant': [
    { property: 'file', bad: ['folder/'], good: ['', 'plant.db', 'data/plant.db'] },
    { property: 'retention', bad: ['0', '3651', '1.5'], good: ['', '1', '3650'] },
  ],
  'factory-access': ACCESS,
  'factory-server': SERVER,
  'factory-relay': [{ property: 'relay', bad: ['relay 1', '/1'], good: ['', 'relay1'] }],
  'factory-input': INPUT,
  'factory-device': DEVICE,
  'factory-io': IO,
  'factory-changes': [{ property: 'pattern', bad: ['x'.repeat(201)], good: ['', 'pump_*, oven_?'] }],
  'factory-stats': [{ property: 'interval', bad: ['', '0', '0.1', '3601'], good: ['0.5', '3600', '2'] }],
  'factory-api': [{ property: 'base', bad: ['', '/a b', '/api?x'], good: ['/plant/api', '/api'] }],
};
