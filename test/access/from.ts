/** Where requests come from: addresses of this machine, and those of a network of its own behind a virtual cable. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { layCable } from '../cable.ts';

/**
 * A place from which one asks, each time by a connection of its own: clients ask again and again where one that they had
 * before is gone. Each `number` is another address there: wrong secrets slow down the address they come from. */
export interface Place {
  /** The host that leads to the plant from there. */
  readonly host: string;
  readonly agent: (number: number) => Agent;
}

const numbered = (net: string, number: number): string =>
  `${net}.${1 + (Math.floor(number / 250) % 40)}.${2 + (number % 250)}`;

/** Every address of 127.0.0.0/8 is this machine. */
export const LOOPBACK: Place = {
  host: '127.0.0.1',
  agent: (number) => new Agent({ localAddress: numbered('127.9', number) }),
};

/** A network of this process alone, so that two of them do not meet. */
const NET = `10.${200 + (process.pid % 50)}`;

/** A network with a cable to this machine; resolves with undefined where there is no way to make one. */
export async function startLan(): Promise<(Place & { stop(): void }) | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'factory-iot-lan-'));
  const path = join(folder, 'socket');
  // The network is gone with the process that it was made for, however that ends.
  const relay = spawn(
    'unshare',
    ['--net', process.execPath, join(import.meta.dirname, 'lan.ts'), path, `${NET}.0.1`],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const stop = (): void => {
    relay.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  };
  const begun = await Promise.race([
    once(relay.stdout, 'data').then(() => true),
    once(relay, 'exit').then(() => false),
    once(relay, 'error').then(() => false),
  ]);
  if (!begun || !layRoutes(relay.pid!)) {
    stop();
    return undefined;
  }
  return { host: `${NET}.0.1`, agent: (number) => agentThrough(path, numbered(NET, number)), stop };
}

/** The cable, with addresses enough for everybody over there; false where that is not allowed here. */
function layRoutes(pid: number): boolean {
  const cable = layCable(pid, NET);
  if (!cable) return false;
  // By way of one of them: a kernel remembers only so many neighbours.
  cable.ip('near', 'route', 'add', `${NET}.0.0/16`, 'via', cable.address.far);
  // All of these are addresses of the machine over there.
  for (let third = 1; third <= 40; third++)
    cable.ip('far', 'route', 'add', 'local', `${NET}.${third}.0/24`, 'dev', 'lo');
  return true;
}

/** Another address of this machine, where no network can be made: it looks as if from elsewhere. */
export function otherAddress(): Place | undefined {
  const host = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
  return host === undefined ? undefined : { host, agent: () => new Agent() };
}

/** A socket file is seen from every network of one machine. */
function agentThrough(path: string, address: string): Agent {
  const agent = new Agent();
  (agent as unknown as { createConnection: (options: { port: number }) => Duplex }).createConnection = ({
    port,
  }) => {
    const socket = connect(path);
    socket.write(`${address} ${port}\n`);
    return socket;
  };
  return agent;
}
