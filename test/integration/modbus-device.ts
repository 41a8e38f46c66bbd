import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { server } from 'jsmodbus';

const COILS = 8;
const ILLEGAL_ADDRESS = 0x02;
/** What function code 5 says for on. */
const ON = 0xff00;

/** As jsmodbus has read it. */
interface Request {
  readonly id: number;
  readonly unitId: number;
  readonly body: { start?: number; count?: number; address?: number; value?: number };
}

/** A Modbus TCP device with eight coils, on a port of this machine. */
export class ModbusDevice {
  /** A bit for each. */
  #coils = 0;
  /** Every coil that was written, and what it became. */
  readonly written: [address: number, level: boolean][] = [];
  readonly port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<ModbusDevice> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const device = new ModbusDevice(port);
    await device.plugIn();
    return device;
  }

  coil(address: number): boolean {
    return ((this.#coils >> address) & 1) === 1;
  }

  /** Moves a coil as somebody at the device does. */
  set(address: number, level: boolean): void {
    const bit = 1 << address;
    this.#coils = level ? this.#coils | bit : this.#coils & ~bit;
  }

  async plugIn(): Promise<void> {
    const listening = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    this.#server = listening;
    // Without memory of its own, which would answer addresses that there are not as if they were there.
    const modbus = new server.TCP(listening, { coils: undefined } as object);
    modbus.on('readCoils', (request, answer) => answer(this.#read(request as unknown as Request)));
    modbus.on('writeSingleCoil', (request, answer) => answer(this.#write(request as unknown as Request)));
    listening.listen(this.port, '127.0.0.1');
    await once(listening, 'listening');
  }

  async unplug(): Promise<void> {
    const listening = this.#server;
    if (!listening?.listening) return;
    listening.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(listening, 'close');
  }

  #read(request: Request): Buffer {
    const { start = 0, count = 0 } = request.body;
    if (start + count > COILS) return frame(request, [0x81, ILLEGAL_ADDRESS]);
    const bits = (this.#coils >> start) & ((1 << count) - 1);
    return frame(request, [0x01, 1, bits]);
  }

  #write(request: Request): Buffer {
    const { address = 0, value = 0 } = request.body;
    if (address >= COILS) return frame(request, [0x85, ILLEGAL_ADDRESS]);
    this.set(address, value === ON);
    this.written.push([address, value === ON]);
    return frame(request, [0x05, address >> 8, address & 0xff, value >> 8, value & 0xff]);
  }
}

/** An answer as Modbus TCP frames it. */
function frame({ id, unitId }: Request, pdu: readonly number[]): Buffer {
  const header = Buffer.alloc(7);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(pdu.length + 1, 4);
  header.writeUInt8(unitId, 6);
  return Buffer.concat([header, Buffer.from(pdu)]);
}
