import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { becomes, next, Plant } from './serving.ts';

/** The cable between the page and the plant: pulled out it says nothing, as a real one. */
class Cable {
  readonly #server: Server;
  readonly #ends = new Set<Socket>();
  #isPulled = false;

  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connectTcp(port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#ends.add(from);
        from.on('error', () => from.destroy());
        from.on('close', () => to.destroy());
        // What is sent while the cable is out is sent again once it is back, as TCP does.
        from.on('data', (bytes) => void to.write(bytes));
        if (this.#isPulled) from.pause();
      }
    });
  }

  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  pull(): void {
    this.#isPulled = true;
    for (const end of this.#ends) end.pause();
  }

  plugIn(): void {
    this.#isPulled = false;
    for (const end of this.#ends) end.resume();
  }

  close(): void {
    for (const end of this.#ends) end.destroy();
    this.#server.close();
  }
}

describe('a pulled cable', function () {
  this.timeout(30_000);
  let plant: Plant;
  let cable: Cable;
  beforeEach(async () => {
    plant = new Plant();
    await plant.start();
    cable = new Cable(plant.port);
  });
  afterEach(async () => {
    cable.close();
    await plant.stop();
  });

  it('is noticed by the server’s own rhythm, and mended without anybody’s help', async () => {
    const client = plant.client({ url: `http://127.0.0.1:${await cable.open()}` });
    await becomes(client, 'live');
    let pulledAt = 0;
    const noticed = next(client, 'lost').then(() => performance.now() - pulledAt);
    // Just after a ping, which is the latest that the next one is missed.
    await new Promise((resolve) => setTimeout(resolve, 100));
    pulledAt = performance.now();
    cable.pull();
    const within = await noticed;
    // The heartbeat that the server sets is 4.5 s in all; Socket.IO's own would be 45 s.
    assert.ok(within < 6000, `${within} ms`);
    assert.equal((await becomes(client, 'offline')).stale, true);
    const { ok, code } = await client.command('r', 'on');
    assert.deepEqual([ok, code], [false, 'unavailable']);
    cable.plugIn();
    await becomes(client, 'live');
  });
});
