/** What the samples say, held against what the operating system's own tools say. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../../lib/base/clock.ts';
import { hostSource } from '../../../lib/stats/host.ts';
import type { HostSource } from '../../../lib/stats/stats.ts';
import { LinuxHost } from '../../../lib/stats/linux-host.ts';
import { PortableHost } from '../../../lib/stats/portable-host.ts';
import type { HostStats } from '../../../lib/stats/stats.ts';

/** What may change between two looks at a machine that is in use. */
const MEMORY_TOLERANCE = 256 * 2 ** 20;
const DISK_TOLERANCE = 256 * 2 ** 20;
const NETWORK_TOLERANCE = 256 * 2 ** 20;

function near(what: string, ours: number, theirs: number, tolerance: number): void {
  assert.ok(
    Math.abs(ours - theirs) <= tolerance,
    `${what}: ${ours}, by the system ${theirs} (± ${tolerance})`,
  );
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
}

describe('the source of statistics', () => {
  it('is the kernel on Linux, and systeminformation elsewhere', () => {
    assert.ok(hostSource(systemClock, 'linux') instanceof LinuxHost);
    for (const platform of ['darwin', 'win32', 'freebsd'] as const) {
      assert.ok(hostSource(systemClock, platform) instanceof PortableHost);
    }
  });
});

/** Only Linux has these tools, and only there the source of our own is used. */
const onLinux = process.platform === 'linux' ? describe : (): void => {};

onLinux('a sample of this machine agrees with', () => {
  let stats: HostStats;
  before(async () => {
    stats = await hostSource(systemClock).sample();
  });

  it('nproc and Node.js: the processors', () => {
    assert.equal(stats.cpu.count, os.cpus().length);
    // nproc leaves out those that this process may not use.
    assert.ok(stats.cpu.count >= Number(run('nproc')));
    assert.ok(stats.cpu.percent >= 0 && stats.cpu.percent <= 100);
  });

  it('free: the memory', async () => {
    const look = (): number[] => /^Mem:.*$/m.exec(run('free', '-b'))![0].split(/ +/).map(Number);
    // Others start and end meanwhile: a sample lies between two looks.
    const [, total, , , , , before] = look();
    const { memory } = await hostSource(systemClock).sample();
    const after = look()[6]!;
    assert.equal(memory.total, total);
    assert.equal(memory.total, os.totalmem());
    const nearest = Math.min(Math.max(memory.available, Math.min(before!, after)), Math.max(before!, after));
    near('available', memory.available, nearest, MEMORY_TOLERANCE);
    assert.equal(memory.used, memory.total - memory.available);
    near('percent', memory.percent, (memory.used / memory.total) * 100, 0.05);
  });

  it('df: the root file system', () => {
    const [size, used, free, percent] = run('df', '-B1', '--output=size,used,avail,pcent', '/')
      .split('\n')[1]!
      .trim()
      .split(/ +/)
      .map((text) => parseInt(text, 10));
    const { disk } = stats;
    assert.equal(disk.total, size);
    near('used', disk.used, used!, DISK_TOLERANCE);
    near('free', disk.free, free!, DISK_TOLERANCE);
    // df rounds up to whole percents.
    near('percent', disk.percent, percent!, 1.5);
  });

  it('sysfs: the network', async () => {
    const sum = (name: string): number =>
      run('sh', '-c', `cat /sys/class/net/*/statistics/${name}`)
        .trim()
        .split('\n')
        .reduce((total, text) => total + Number(text), 0);
    // Others use the network meanwhile, this machine's own included: a sample lies between two looks.
    const before = [sum('rx_bytes'), sum('tx_bytes')] as const;
    const { network } = await hostSource(systemClock).sample();
    const after = [sum('rx_bytes'), sum('tx_bytes')] as const;
    for (const [index, ours] of [network.bytes_recv, network.bytes_sent].entries())
      assert.ok(before[index]! <= ours && ours <= after[index]!, `${before[index]} ${ours} ${after[index]}`);
  });

  it('what is possible: temperature and frequency', () => {
    const { temperature, cpu } = stats;
    if (temperature)
      assert.ok(temperature.current > -40 && temperature.current < 130, JSON.stringify(temperature));
    if (cpu.frequency) assert.ok(cpu.frequency.current > 50 && cpu.frequency.current < 10_000);
  });

  it('systeminformation, also where it could not be loaded at first', async () => {
    let tries = 0;
    const portable = new PortableHost(() =>
      ++tries === 1 ? Promise.reject(new Error('too many open files')) : import('systeminformation'),
    );
    await assert.rejects(portable.sample(), /too many open files/);
    assert.equal((await portable.sample()).cpu.count, stats.cpu.count);
    await portable.sample();
    assert.equal(tries, 2);
  });

  it('systeminformation, really loaded', async function () {
    this.timeout(20_000);
    const portable = await new PortableHost().sample();
    const ours = await hostSource(systemClock).sample();
    assert.deepEqual(Object.keys(portable).toSorted(), Object.keys(ours).toSorted());
    assert.equal(portable.cpu.count, ours.cpu.count);
    assert.ok(portable.cpu.percent >= 0 && portable.cpu.percent <= 100);
    assert.equal(portable.memory.total, ours.memory.total);
    near('available', portable.memory.available, ours.memory.available, MEMORY_TOLERANCE);
    near('memory percent', portable.memory.percent, ours.memory.percent, 5);
    near('disk total', portable.disk.total, ours.disk.total, 0);
    near('disk used', portable.disk.used, ours.disk.used, DISK_TOLERANCE);
    near('disk free', portable.disk.free, ours.disk.free, DISK_TOLERANCE);
    near('disk percent', portable.disk.percent, ours.disk.percent, 1);
    near('received', portable.network.bytes_recv, ours.network.bytes_recv, NETWORK_TOLERANCE);
    near('sent', portable.network.bytes_sent, ours.network.bytes_sent, NETWORK_TOLERANCE);
    assert.equal(portable.temperature === null, ours.temperature === null);
    if (portable.temperature) near('°C', portable.temperature.current, ours.temperature!.current, 15);
  });
});

onLinux('the processor under load', function () {
  this.timeout(20_000);

  it('is clearly busier with one core kept busy than before and after', async () => {
    const host = hostSource(systemClock);
    const before = await measured(host);
    const busy = await loaded(host);
    const after = await measured(host);
    for (const percent of [before, busy, after]) assert.ok(percent >= 0 && percent <= 100, String(percent));
    const core = 100 / os.cpus().length;
    assert.ok(busy >= core * 0.8, `one core is ${core} %, and ${busy} % are shown with one kept busy`);
    // On a machine that is busy with other things as well there is too little left to take for it to be seen.
    const left = 100 - Math.min(before, after);
    if (left >= 20)
      assert.ok(busy - (100 - left) >= Math.min(core, left) * 0.3, `${100 - left} %, then ${busy} %`);
  });

  it('is as another reading of the same time says, however busy the machine is', async () => {
    const host = hostSource(systemClock);
    await host.sample();
    const began = ticks();
    await delay(1000);
    const { percent } = (await host.sample()).cpu;
    const ended = ticks();
    const all = ended.all - began.all;
    const expected = (100 * (all - (ended.idle - began.idle))) / all;
    assert.ok(Math.abs(percent - expected) <= 10, `${percent} % instead of ${expected} %`);
  });

  /** Milliseconds of all cores since the machine started, by Node.js itself. */
  function ticks(): { readonly all: number; readonly idle: number } {
    const cores = os.cpus().map(({ times }) => times);
    const sum = (parts: readonly number[]): number => parts.reduce((total, part) => total + part, 0);
    return {
      all: sum(cores.flatMap((times) => Object.values(times))),
      idle: sum(cores.map(({ idle }) => idle)),
    };
  }

  /** Over 700 ms. */
  async function measured(host: HostSource): Promise<number> {
    await host.sample();
    await delay(700);
    return (await host.sample()).cpu.percent;
  }

  async function loaded(host: HostSource): Promise<number> {
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage(0); for (;;);', {
      eval: true,
    });
    await once(worker, 'message');
    try {
      await host.sample();
      await delay(200);
      return await measured(host);
    } finally {
      await worker.terminate();
    }
  }
});
