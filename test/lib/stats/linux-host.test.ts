import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { FIRST_WINDOW_MS } from '../../../lib/stats/linux-cpu.ts';
import { LinuxHost } from '../../../lib/stats/linux-host.ts';
import type { HostStats } from '../../../lib/stats/stats.ts';

const fixtures = join(import.meta.dirname, 'fixtures');

describe('linux host', () => {
  let folder: string;
  let clock: FakeClock;
  let host: LinuxHost;

  /** A machine whose files a test can change. */
  function open(machine: string): void {
    cpSync(join(fixtures, machine), folder, { recursive: true });
    host = new LinuxHost({ clock, proc: join(folder, 'proc'), sys: join(folder, 'sys') });
  }

  function write(path: string, text: string): void {
    writeFileSync(join(folder, path), `${text}\n`);
  }

  /** The first sample, which watches the processor for a moment; `meanwhile` is what happens in it. */
  async function first(meanwhile = (): void => {}): Promise<HostStats> {
    const sample = host.sample();
    // It may reject before it is awaited below.
    sample.catch(() => {});
    while (clock.pending === 0) await turn();
    meanwhile();
    clock.advance(FIRST_WINDOW_MS);
    return sample;
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'factory-stats-'));
    clock = new FakeClock();
  });
  afterEach(() => {
    assert.equal(clock.pending, 0);
    rmSync(folder, { recursive: true });
  });

  it('reads a Raspberry Pi', async () => {
    open('raspberry-pi');
    const { cpu, memory, network, temperature } = await first();
    assert.deepEqual(cpu, { percent: 0, count: 4, frequency: { current: 1500, min: 600, max: 1800 } });
    assert.deepEqual(memory, {
      total: 3_884_572 * 1024,
      available: 2_913_429 * 1024,
      used: 971_143 * 1024,
      percent: 25,
    });
    assert.deepEqual(network, {
      bytes_recv: 1_048_576 + 734_003_200,
      bytes_sent: 1_048_576 + 52_428_800,
    });
    assert.deepEqual(temperature, {
      sensor: 'cpu_thermal',
      label: '',
      current: 48.7,
      high: 110,
      critical: 110,
    });
  });

  it('reads a PC: frequencies averaged, the whole processor before its cores and before other sensors', async () => {
    open('pc');
    const { cpu, memory, network, temperature } = await first();
    assert.deepEqual(cpu.frequency, { current: 1100, min: 800, max: 3800 });
    assert.equal(memory.percent, 50);
    assert.deepEqual(network, { bytes_recv: 12_345_680_401, bytes_sent: 9_876_544_910 });
    assert.deepEqual(temperature, {
      sensor: 'coretemp',
      label: 'Package id 0',
      current: 52,
      high: 80,
      critical: 100,
    });
  });

  it('reads a virtual machine without sensors and frequency as null, and never more than all memory', async () => {
    open('virtual-machine');
    const { cpu, memory, network, temperature } = await first();
    assert.deepEqual(cpu, { percent: 0, count: 1, frequency: null });
    assert.deepEqual(memory, { total: 1_024_000_000, available: 1_024_000_000, used: 0, percent: 0 });
    assert.deepEqual(network, { bytes_sent: 0, bytes_recv: 0 });
    assert.equal(temperature, null);
  });

  it('takes the frequency that does not change from cpuinfo where nothing scales it', async () => {
    open('pc');
    rmSync(join(folder, 'sys/devices'), { recursive: true });
    assert.deepEqual((await first()).cpu.frequency, { current: 3399.1, min: 0, max: 0 });
  });

  it('measures the processor over the time since the sample before, idle and waiting for disks apart', async () => {
    open('virtual-machine');
    const { cpu } = await first(() => write('proc/stat', 'cpu  110 0 105 9885 0 0 0 0\ncpu0 0 0 0 0'));
    assert.equal(cpu.percent, 15);
    clock.advance(2000);
    // 20 user, 10 softirq, 10 steal of 200; the guest's time is in the user's already.
    write('proc/stat', 'cpu  130 0 105 9995 50 0 10 10 20 0\ncpu0 0 0 0 0');
    assert.equal((await host.sample()).cpu.percent, 20);
    clock.advance(2000);
    // iowait may go back: that is no time.
    write('proc/stat', 'cpu  230 0 105 10095 40 0 10 10 20 0\ncpu0 0 0 0 0');
    assert.equal((await host.sample()).cpu.percent, 50);
  });

  it('says the same again when asked again too soon, or when no time has passed', async () => {
    open('virtual-machine');
    await first(() => write('proc/stat', 'cpu  125 0 100 9875 0 0 0 0\ncpu0 0 0 0 0'));
    write('proc/stat', 'cpu  126 0 100 9875 0 0 0 0\ncpu0 0 0 0 0');
    clock.advance(199);
    assert.equal((await host.sample()).cpu.percent, 25);
    write('proc/stat', 'cpu  125 0 100 9875 0 0 0 0\ncpu0 0 0 0 0');
    clock.advance(2000);
    assert.equal((await host.sample()).cpu.percent, 25);
  });

  it('goes on to the next sensor when one fails, and looks for sensors again when all are gone', async () => {
    open('raspberry-pi');
    assert.equal((await first()).temperature?.sensor, 'cpu_thermal');
    rmSync(join(folder, 'sys/class/hwmon'), { recursive: true });
    assert.deepEqual((await host.sample()).temperature, {
      sensor: 'cpu-thermal',
      label: '',
      current: 48.7,
      high: 110,
      critical: 110,
    });
    rmSync(join(folder, 'sys/class/thermal'), { recursive: true });
    assert.equal((await host.sample()).temperature, null);
    cpSync(join(fixtures, 'pc/sys/class/hwmon'), join(folder, 'sys/class/hwmon'), { recursive: true });
    assert.equal((await host.sample()).temperature?.sensor, 'coretemp');
  });

  it('shows the first sensor where none is the processor’s, without limits where it has none', async () => {
    open('pc');
    rmSync(join(folder, 'sys/class/hwmon/hwmon10'), { recursive: true });
    rmSync(join(folder, 'sys/class/thermal'), { recursive: true });
    assert.deepEqual((await first()).temperature, {
      sensor: 'acpitz',
      label: '',
      current: 27.8,
      high: null,
      critical: null,
    });
  });

  for (const [path, text] of [
    ['proc/stat', 'intr 5'],
    ['proc/meminfo', 'MemTotal: 5 kB'],
  ] as const) {
    it(`names the file when ${path} does not say what it must`, async () => {
      open('virtual-machine');
      write(path, text);
      const sample = path === 'proc/stat' ? host.sample() : first();
      await assert.rejects(sample, (error: Error) => {
        assert.match(error.message, new RegExp(path));
        assert.equal((error as { code?: string }).code, 'unavailable');
        return true;
      });
    });
  }

  /** A Raspberry Pi whose zone tells this, and that has no other sensor. */
  async function zone(...texts: string[]): Promise<(number | null)[]> {
    open('raspberry-pi');
    rmSync(join(folder, 'sys/class/hwmon'), { recursive: true });
    const found: (number | null)[] = [];
    for (const text of texts) {
      write('sys/class/thermal/thermal_zone0/temp', text);
      const { temperature } = found.length === 0 ? await first() : await host.sample();
      found.push(temperature?.current ?? null);
    }
    return found;
  }

  for (const [texts, expected] of [
    [['-274000'], [null]],
    [['200000'], [null]],
    [['2147483647'], [null]],
    [['0'], [null]],
    [['-1'], [-1]],
    [['nan'], [null]],
    [['65'], [65]],
    [
      ['65', '66', '0', '64'],
      [65, 66, null, 64],
    ],
    [
      ['48700', '0', '48700'],
      [48.7, null, 48.7],
    ],
    // A frosty morning, in thousandths: through 0 and back.
    [
      ['1200', '400', '0', '-300', '-1500', '140'],
      [1.2, 0.4, 0, -0.3, -1.5, 0.1],
    ],
    // The same in whole degrees.
    [
      ['2', '1', '0', '-3'],
      [2, 1, 0, -3],
    ],
  ] as const) {
    it(`takes a zone of ${texts.join(', ')} for ${expected.map(String).join(', ')} °C`, async () => {
      assert.deepEqual(await zone(...texts), expected);
    });
  }

  it('takes the sane one where a dead or mad sensor is the processor’s own', async () => {
    for (const mad of ['0', '-274000', '255000']) {
      open('raspberry-pi');
      write('sys/class/hwmon/hwmon0/temp1_input', mad);
      const { temperature } = await first();
      assert.deepEqual([temperature?.sensor, temperature?.current], ['cpu-thermal', 48.7], mad);
    }
  });

  it('takes no limit from a driver that has none', async () => {
    for (const none of ['0', '-1', '65261850', '255000']) {
      open('raspberry-pi');
      write('sys/class/hwmon/hwmon0/temp1_crit', none);
      const { temperature } = await first();
      assert.deepEqual(
        [temperature?.current, temperature?.high, temperature?.critical],
        [48.7, null, null],
        none,
      );
    }
    write('sys/class/hwmon/hwmon0/temp1_crit', '95');
    host = new LinuxHost({ clock, proc: join(folder, 'proc'), sys: join(folder, 'sys') });
    assert.equal((await first()).temperature?.critical, 95);
  });

  it('takes no frequency of 0 from a core that is off, nor from a list of cores', async () => {
    open('raspberry-pi');
    write('sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq', '0');
    assert.equal((await first()).cpu.frequency, null);
    open('virtual-machine');
    write('proc/cpuinfo', 'cpu MHz : 0.000\ncpu MHz : 2000.000');
    assert.deepEqual((await first()).cpu.frequency, { current: 2000, min: 0, max: 0 });
  });

  it('names a memory of nothing as what cannot be', async () => {
    open('virtual-machine');
    write('proc/meminfo', 'MemTotal: 0 kB\nMemAvailable: 0 kB');
    await assert.rejects(first(), { code: 'unavailable', message: /no memory at all/ });
  });

  it('names the file that it may not read', async () => {
    open('virtual-machine');
    rmSync(join(folder, 'proc/net/dev'));
    await assert.rejects(first(), { code: 'unavailable', message: /proc\/net\/dev/ });
  });
});
