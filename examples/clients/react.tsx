import { useSyncExternalStore } from 'react';
import { connect, type Client } from '@factory-iot/node-red/client';

/** One client for the whole page. */
const plant = connect();

/** `usePlant('devices')`: draws again when they change; what did not change is the same object as before. */
export function usePlant<Part extends 'connection' | 'devices' | 'relays' | 'stats'>(
  part: Part,
): Client[Part] {
  return useSyncExternalStore(
    (changed) => plant.on(part, changed),
    () => plant[part],
  );
}

export function Pump() {
  const pump = usePlant('relays').get('relay1');
  const { state } = usePlant('connection');
  const turn = () => plant.command('relay1', pump?.state ? 'off' : 'on');
  return (
    <button disabled={state === 'offline' || !pump?.available} onClick={turn}>
      {pump?.name}: {pump?.state ? 'on' : 'off'}
    </button>
  );
}
