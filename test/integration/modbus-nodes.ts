/**
 * Stands in Node-RED for the nodes of node-red-contrib-modbus that the example uses: the same types, settings and messages,
 * over a real connection. The package itself takes a dependency from an archive outside of the registry, which no lockfile
 * without addresses can hold.
 */
import { Socket } from 'node:net';
import { client } from 'jsmodbus';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { asError } from '../../lib/base/errors.ts';
import { onInput } from '../../nodes/common.ts';

type Modbus = InstanceType<(typeof client)['TCP']>;

interface ClientDef extends NodeDef {
  tcpHost: string;
  tcpPort: string;
  unit_id: string;
  clientTimeout: string;
  reconnectTimeout: string;
}

interface ReadDef extends NodeDef {
  server: string;
  adr: string;
  quantity: string;
  rate: string;
}

interface ClientNode extends Node {
  /** Undefined while there is no connection. */
  readonly modbus: Modbus | undefined;
}

interface WritePayload {
  readonly value: boolean;
  readonly fc: number;
  readonly address: number;
}

export default function register(RED: NodeAPI): void {
  const clientOf = (id: string): Modbus | undefined => (RED.nodes.getNode(id) as ClientNode | null)?.modbus;

  RED.nodes.registerType('modbus-client', function (this: Node, def: ClientDef) {
    RED.nodes.createNode(this, def);
    let isClosed = false;
    let retry: NodeJS.Timeout | undefined;
    let socket: Socket | undefined;
    const connect = (): void => {
      socket = new Socket();
      const modbus = new client.TCP(socket, Number(def.unit_id), Number(def.clientTimeout));
      socket.on('connect', () => Object.assign(this, { modbus }));
      socket.on('error', () => {});
      socket.on('close', () => {
        Object.assign(this, { modbus: undefined });
        if (!isClosed) retry = setTimeout(connect, Number(def.reconnectTimeout));
      });
      socket.connect(Number(def.tcpPort), def.tcpHost);
    };
    connect();
    this.on('close', () => {
      isClosed = true;
      clearTimeout(retry);
      socket?.destroy();
    });
  });

  RED.nodes.registerType('modbus-read', function (this: Node, def: ReadDef) {
    RED.nodes.createNode(this, def);
    const poll = async (): Promise<void> => {
      const modbus = clientOf(def.server);
      if (!modbus) return;
      try {
        const { response } = await modbus.readCoils(Number(def.adr), Number(def.quantity));
        const payload = Array.from(response.body.valuesAsArray, Boolean);
        this.send([{ topic: 'polling', payload }, null]);
      } catch (error) {
        this.error(textOf(error), { topic: 'polling', payload: { fc: 1 } });
      }
    };
    const polling = setInterval(() => void poll(), Number(def.rate));
    this.on('close', () => clearInterval(polling));
  });

  RED.nodes.registerType('modbus-flex-write', function (this: Node, def: ReadDef) {
    RED.nodes.createNode(this, def);
    onInput(this, async (message, send) => {
      const { fc, address, value } = message.payload as WritePayload;
      const modbus = clientOf(def.server);
      // As the real one does it: what cannot be written now is dropped without a word.
      if (!modbus || fc !== 5) return;
      try {
        await modbus.writeSingleCoil(address, value);
        send([message, null]);
      } catch (error) {
        throw new Error(textOf(error), { cause: error });
      }
    });
  });
}

/** jsmodbus rejects with what is no Error. */
function textOf(error: unknown): string {
  const { message = asError(error).message } = error as { message?: string };
  return message;
}
