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
];

export const TRIALS: Readonly<Record<string, readonly Trial[]>> = {
  'factory-plant': [{ property: 'file', bad: ['folder/'], good: ['', 'plant.db', 'data/plant.db'] }],
  'factory-server': SERVER,
  'factory-api': [{ property: 'base', bad: ['', '/a b', '/api?x'], good: ['/plant/api', '/api'] }],
};
