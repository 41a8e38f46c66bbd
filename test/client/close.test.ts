import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FakeClock } from '../../lib/base/fake-clock.ts';
import { becomes, Plant } from './serving.ts';

const CLIENT = join(import.meta.dirname, '../../client/factory-client.ts');

describe('closing the browser client', function () {
  this.timeout(20_000);
  let plant: Plant;
  beforeEach(async () => {
    plant = new Plant();
    await plant.start();
  });
  afterEach(() => plant.stop());

  /** A process that ends by itself only once nothing is left that could keep it. */
  async function endsAfter(state: string): Promise<string> {
    const code = `
      import { connect } from ${JSON.stringify(CLIENT)};
      const client = connect({ url: ${JSON.stringify(plant.url)}, liveWithin: 100, pollEach: 100 });
      const end = ({ state }) => {
        if (state !== ${JSON.stringify(state)}) return;
        off();
        console.log(state);
        client.close();
      };
      const off = client.on('connection', end);
      end(client.connection);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const limit = setTimeout(() => child.kill(), 9000);
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    const [status] = (await once(child, 'close')) as [number | null];
    clearTimeout(limit);
    return `${said.trim()} ${status}`;
  }

  for (const state of ['connecting', 'live', 'fallback', 'offline']) {
    it(`leaves nothing running while ${state}`, async () => {
      if (state === 'fallback') plant.refuseSocket();
      if (state === 'offline') await plant.halt();
      assert.equal(await endsAfter(state), `${state} 0`);
    });
  }

  it('cancels its timers, tells nothing more and sends nothing more', async () => {
    const clock = new FakeClock();
    const client = plant.client({}, clock);
    await becomes(client, 'live');
    const heard: unknown[] = [];
    client.on('connection', ({ state, reason }) => heard.push([state, reason]));
    client.on('message', (message) => heard.push(message));
    client.close();
    client.close();
    assert.equal(clock.pending, 0);
    plant.live.publish('late', 1);
    assert.deepEqual(heard, [['offline', 'the client is closed']]);
    assert.equal((await client.command('r', 'on')).code, 'unavailable');
  });

  it('answers what is under way', async () => {
    plant.answers.set('POST /api/relays/r', () => 'silence');
    plant.refuseSocket();
    const client = plant.client();
    await becomes(client, 'fallback');
    const result = client.command('r', 'on');
    client.close();
    assert.equal((await result).code, 'timeout');
  });
});
