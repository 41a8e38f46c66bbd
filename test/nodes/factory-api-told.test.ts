import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import { LiveServer } from '../../lib/live/live-server.ts';
import { Plant } from '../../lib/plant/plant.ts';
import { MemoryStore } from '../../lib/store/memory.ts';
import factoryApi from '../../nodes/factory-api/factory-api.ts';
import { OneRelay } from '../lib/api/board.ts';
import { ask, post } from '../lib/api/web.ts';
import { FLOW } from './api-flow.ts';
import { load, redeploy, start, stop, unload, type Register } from './helper.ts';

const require = createRequire(import.meta.url);
const http = require('@node-red/nodes/core/network/21-httpin.js') as Register;

describe('factory-api while a deploy runs', () => {
  let server: Server;
  let url: string;
  let RED: NodeAPI;
  let plant: Plant;
  let live: LiveServer;
  const ends: (() => void)[] = [];

  before(start);
  after(stop);
  beforeEach(async () => {
    plant = new Plant({ name: 'test', clock: systemClock, store: new MemoryStore() });
    await plant.ready;
    live = new LiveServer({ clock: systemClock, policy: { origins: [], open: false } });
    plant.relays.add(new OneRelay('relay1', systemClock));
    plant.devices.write({ id: 'sensor_001', value: 21 });
    const app = express();
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/node`;
    const stands: Register = (red) => {
      RED = red;
      red.nodes.registerType('factory-plant', function (this: Node & { plant?: Plant }, def: NodeDef) {
        red.nodes.createNode(this, def);
        this.plant = plant;
      });
      red.nodes.registerType('factory-server', function (this: Node, def: NodeDef) {
        red.nodes.createNode(this, def);
        Object.assign(this, { live, path: '/socket.io', policy: { origins: [], open: false } });
      });
      app.use('/node', red.httpNode);
    };
    await load([stands, http, factoryApi], FLOW);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    await unload();
    server.closeAllConnections();
    server.close();
    await live.close();
    await plant.close();
  });

  const on = (event: string, run: () => void): void => {
    RED.events.on(event, run);
    ends.push(() => RED.events.removeListener(event, run));
  };
  const tell = (isThere: boolean): void => {
    live.publish('relays/relay1', isThere ? plant.relays.get('relay1') : null);
    live.publish('devices/sensor_001', isThere ? plant.devices.get('sensor_001') : null);
  };

  it('answers once clients have been told of the plant again, as before', async () => {
    const asked: Promise<{ status: number }>[] = [];
    on('flows:stopping', () => {
      tell(false);
      asked.push(
        post(`${url}/api/relays/relay1`, '{"action":"on"}'),
        post(`${url}/api/devices/sensor_001/value`, '{"value":22}'),
        ask(`${url}/api/devices/sensor_001`),
        ask(`${url}/api/relays`),
      );
    });
    on('flows:started', () => void setImmediate(() => setImmediate(() => tell(true))));
    await redeploy(
      FLOW.map((node) => (node.id === 'seen' ? { ...node, name: 'another' } : node)),
      'nodes',
    );
    assert.deepEqual(
      (await Promise.all(asked)).map(({ status }) => status),
      [200, 200, 200, 200],
    );
  });

  it('goes on saying that it knows no such relay or device', async () => {
    tell(true);
    assert.equal((await post(`${url}/api/relays/none`, '{"action":"on"}')).status, 404);
    assert.equal((await ask(`${url}/api/devices/none`)).status, 404);
  });
});
