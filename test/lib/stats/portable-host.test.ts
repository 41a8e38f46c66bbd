import assert from 'node:assert/strict';
import { PortableHost, type SystemInformation } from '../../../lib/stats/portable-host.ts';
import type { HostStats } from '../../../lib/stats/stats.ts';

/** Samples a machine as systeminformation reports it; `more` replaces parts of the report. */
function sampled(more: Partial<Record<keyof SystemInformation, unknown>> = {}): Promise<HostStats> {
  const told = {
    cpu: { cores: 4, speed: 2.4, speedMin: 0.8, speedMax: 3.2 },
    cpuCurrentSpeed: { avg: 2.1 },
    currentLoad: { currentLoad: 12.34 },
    mem: { total: 1000, available: 250 },
    fsSize: [{ mount: '/', size: 1000, used: 400, available: 500 }],
    networkStats: [{ rx_bytes: 10, tx_bytes: 20 }],
    cpuTemperature: { main: 48.5 },
    ...more,
  };
  const information = Object.fromEntries(
    Object.entries(told).map(([name, answer]) => [name, () => Promise.resolve(answer)]),
  );
  return new PortableHost(() => Promise.resolve(information as never)).sample();
}

describe('portable host', () => {
  it('reads what systeminformation tells', async () => {
    assert.deepEqual(await sampled(), {
      cpu: { percent: 12.3, count: 4, frequency: { current: 2100, min: 800, max: 3200 } },
      memory: { total: 1000, available: 250, used: 750, percent: 75 },
      disk: { total: 1000, used: 400, free: 500, percent: 44.4 },
      network: { bytes_recv: 10, bytes_sent: 20 },
      temperature: { sensor: 'cpu', label: '', current: 48.5, high: null, critical: null },
    });
  });

  for (const main of [0, -1, null, NaN, -274, 999]) {
    it(`shows no temperature of ${main}`, async () => {
      assert.equal((await sampled({ cpuTemperature: { main } })).temperature, null);
    });
  }

  it('shows no frequency that cannot be, and no bytes that were never sent', async () => {
    const { cpu } = await sampled({
      cpuCurrentSpeed: { avg: 0 },
      cpu: { cores: 1, speed: NaN, speedMin: -1, speedMax: 0 },
    });
    assert.equal(cpu.frequency, null);
    const networkStats = [
      { rx_bytes: -1, tx_bytes: NaN },
      { rx_bytes: null, tx_bytes: 5 },
    ];
    assert.deepEqual((await sampled({ networkStats })).network, { bytes_recv: 0, bytes_sent: 5 });
  });

  for (const wrong of [
    { mem: { total: 0, available: 0 } },
    { mem: { total: 1000, available: NaN } },
    { currentLoad: { currentLoad: NaN } },
    { fsSize: [{ mount: '/', size: NaN, used: 1, available: 1 }] },
    { fsSize: [{ mount: '/', size: 10, used: -1, available: 1 }] },
    { fsSize: [] },
  ]) {
    it(`says what is not told rather than ${JSON.stringify(wrong)}`, async () => {
      await assert.rejects(sampled(wrong), { code: 'unavailable' });
    });
  }
});
