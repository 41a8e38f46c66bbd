import { connect } from '@factory-iot/node-red/client';

const plant = connect({ url: 'http://plant.local:1880' });

plant.on('connection', ({ state, stale }) =>
  document.body.classList.toggle('old', stale || state === 'offline'),
);
plant.on('devices', (devices) => console.log(devices.get('sensor_001')?.value));
plant.on('returned', ({ lostFor, devices }) =>
  console.log(`away for ${lostFor} ms; changed: ${devices.join()}`),
);

export async function stop(): Promise<void> {
  const { ok, code, reason } = await plant.command('relay1', 'off');
  // `timeout`: it is not known whether it was executed. It is not sent again by itself; look at the relay.
  if (!ok) throw new Error(`${code}: ${reason}`);
}
