/**
 * Runs in the oldest Node.js that is supported, which cannot read TypeScript: starts Node-RED with the built
 * package and the core flow, asks the API over HTTP, stops, and prints what it found as one line of JSON.
 *
 * Usage: node run.mjs <folder of the package> <empty folder for Node-RED's data>
 */
import { once } from 'node:events';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [, , root, userDir] = process.argv;
const require = createRequire(join(root, 'package.json'));
const express = require('express');
const RED = require('node-red');

/** How long the plant may take to open, in ms. */
const LIMIT_MS = 15_000;

async function main() {
  mkdirSync(join(userDir, 'node_modules/@factory-iot'), { recursive: true });
  symlinkSync(root, join(userDir, 'node_modules/@factory-iot/node-red'));
  copyFileSync(join(root, 'flows/factory.json'), join(userDir, 'flows.json'));

  const app = express();
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;

  const log = [];
  const handler = () => (entry) => log.push(`${entry.type ?? ''} ${String(entry.msg?.message ?? entry.msg)}`);
  RED.init(server, {
    userDir,
    flowFile: 'flows.json',
    httpAdminRoot: false,
    httpNodeRoot: '/',
    credentialSecret: 'test',
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'off' }, test: { level: 'warn', handler } },
  });
  app.use('/', RED.httpNode);
  const started = once(RED.events, 'flows:started', { signal: AbortSignal.timeout(LIMIT_MS) });
  await RED.start();
  await started;

  // The plant opens its file in the background, and goes on in memory where that does not work; the health
  // is known with the first sample.
  const limit = Date.now() + LIMIT_MS;
  let devices;
  let health;
  for (;;) {
    devices = await ask(`${url}/api/devices`);
    health = await ask(`${url}/api/health`);
    if ((devices.body.count > 0 && health.status === 200) || Date.now() > limit) break;
    await delay(50);
  }

  await RED.stop();
  server.closeAllConnections();
  server.close();
  console.log(JSON.stringify({ node: process.version, health, devices, log }));
}

async function ask(url) {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
