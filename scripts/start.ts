/**
 * What `npm start` runs, by start.mjs: Node-RED with this package and its bundled flows. The port is taken first, so that a start that
 * cannot succeed writes nothing.
 */
import { createServer, type Server } from 'node:http';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { asError, FactoryError } from '../lib/base/errors.ts';
import { planBundled, readBundled, readRecord, writeRecord } from './start/bundled-flows.ts';
import { checkFlowFile, credentialSecret, makeDataFolder } from './start/files.ts';
import { guardServer } from '../nodes/gate.ts';
import { forgetNewcomers, isAccessSet, loadAccess, readNewcomers, withNewcomers } from './start/access.ts';
import { Places, startGates } from './start/gate.ts';
import { listen, PATIENCE } from './start/listen.ts';
import * as nodeRed from './start/node-red.ts';
import { readSettings, urlOf, urlsOutside } from './start/settings.ts';
import { refuseWhileStarting } from './start/starting.ts';
import { stopOnSignals } from './start/stop.ts';
import { summary } from './start/summary.ts';

const root = join(import.meta.dirname, '..');

try {
  await start();
} catch (error) {
  console.error(
    `Factory IoT does not start: ${error instanceof FactoryError ? error.toString() : describe(error)}.`,
  );
  // Node-RED may hold timers already.
  process.exit(1);
}

async function start(): Promise<void> {
  if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
  const settings = readSettings(process.env, root, isAccessSet);
  const { host, data } = settings;
  const { access, followStoredFlows } = await loadAccess(root);
  const policy = { ...settings.policy, access };

  const app = express().disable('x-powered-by');
  const server = createServer(PATIENCE, app);
  const sockets = openSockets(server);
  const passOn = refuseWhileStarting(server);
  const places = new Places();
  const port = await listen(server, host, settings.port);

  makeDataFolder(data);
  checkFlowFile(data);
  const RED = nodeRed.initNodeRed({ server, root, data, secret: credentialSecret(data), access });
  // Here as well: the palette may have disabled the access node, and with it what it does by itself.
  followStoredFlows(RED as never);
  for (const gate of startGates(policy, places, nodeRed.EDITOR)) guardServer(server, gate);
  nodeRed.onDeployed((flows) => places.follow(flows));
  app.use(nodeRed.EDITOR, RED.httpAdmin);
  app.use('/', RED.httpNode);
  stopOnSignals(() => stop(RED.stop, server, sockets));

  const state = await nodeRed.startNodeRed();
  if (state.running || !state.credentialsLost) {
    await installBundled(data);
    await letNewcomersIn(data);
  }
  // The compiled code, where start.mjs has begun a cache: the power may go before this ends in order. Node.js 22.9 cannot.
  nodeModule.flushCompileCache?.();
  passOn();
  const { flows } = await nodeRed.currentFlows();
  console.log(['Factory IoT runs.', ...summary(urlOf(host, port), data, flows)].join('\n'));
  if (!state.running) console.log(`The flows do not run as they should: ${state.reason}.`);
  if (policy.open || access.isConfigured) {
    for (const url of urlsOutside(host, port)) console.log(`From other computers: ${url}`);
  }
  if (access.isConfigured) {
    console.log('Everybody has to sign in, at this computer too.');
  } else if (policy.open) {
    console.log(
      'FACTORY_INSECURE=1: everyone who can reach this address may read, switch and edit the flows.',
    );
  }
}

/** Adds the bundled flows that were not yet; what stands in the way is told, and the plant runs all the same. */
async function installBundled(data: string): Promise<void> {
  try {
    const record = readRecord(data);
    const bundled = readBundled(join(root, 'flows'));
    const { flows } = await nodeRed.currentFlows();
    const plan = planBundled(bundled, record, flows, await nodeRed.knownTypes());
    for (const { name, missing } of plan.skipped) {
      console.log(`flows/${name} waits for node types that are not installed: ${missing.join(', ')}`);
    }
    if (plan.install.length > 0) await nodeRed.addFlows(plan.install.flatMap(({ nodes }) => nodes));
    const done = [...plan.install, ...plan.present];
    if (done.length === 0) return;
    const now = new Date().toISOString();
    writeRecord(data, { ...record, ...Object.fromEntries(done.map(({ name }) => [name, now])) });
  } catch (error) {
    console.error(`The bundled flows are not added: ${asError(error).toString()}.`);
  }
}

/** Adds who was let in by `npm run access`. Where that fails nobody gets in who was not in before. */
async function letNewcomersIn(data: string): Promise<void> {
  try {
    const newcomers = readNewcomers(data);
    if (newcomers.length === 0) return;
    await nodeRed.changeFlows((flows) => withNewcomers(flows, newcomers, nodeRed.secretsOf));
    forgetNewcomers(data);
  } catch (error) {
    console.error(`Nobody new is let in: ${asError(error).toString()}.`);
  }
}

/** All connections there are, those included that have become WebSockets and are no longer the server's own. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/**
 * The screens first: a dashboard whose nodes close tells its pages that there is nothing to show, and a page that is cut off
 * goes on showing what was, marked as old.
 */
async function stop(
  stopNodeRed: () => Promise<void>,
  server: Server,
  sockets: ReadonlySet<Socket>,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await stopNodeRed();
  await closed;
}

function describe(error: unknown): string {
  return asError(error).stack ?? String(error);
}
