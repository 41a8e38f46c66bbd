import assert from 'node:assert/strict';
import { FakeClock } from '../../../lib/base/fake-clock.ts';
import { DiskSpace, FULL_BYTES, LOOK_EACH_MS, LOOK_WAIT_MS } from '../../../lib/stats/disk-space.ts';
import { tmpdir } from 'node:os';

const GIB = 2 ** 30;

describe('disk space', () => {
  const clock = new FakeClock();
  const space = (total: number, free: number, reserved = 0): Promise<string | undefined> =>
    new DiskSpace({
      folder: '/x',
      clock,
      look: () => Promise.resolve({ bsize: 1, blocks: total, bfree: free + reserved, bavail: free }),
    }).problem();

  it('is wrong once it is nearly full', async () => {
    assert.equal(await space(100 * GIB, 6 * GIB), undefined);
    assert.match((await space(100 * GIB, 5 * GIB)) ?? '', /full to 95 %, 5120 MB left/);
    assert.match(
      (await space(10 * GIB, GIB / 4, 2 * GIB)) ?? '',
      /full to 96 %/,
      'what root has is for nobody',
    );
    assert.match((await space(FULL_BYTES, FULL_BYTES - 1)) ?? '', /99 MB left/);
  });

  it('takes a file system without a size for none, and one that cannot be read for wrong', async () => {
    assert.equal(await space(0, 0), undefined);
    const lost = new DiskSpace({ folder: '/x', clock, look: () => Promise.reject(new Error('EIO')) });
    assert.equal(await lost.problem(), 'it cannot be read');
    assert.equal(await new DiskSpace({ folder: tmpdir(), clock }).problem(), undefined);
  });

  it('looks once in ten seconds, and waits for none that hangs', async () => {
    let looks = 0;
    let answer = (): void => {};
    const disk = new DiskSpace({
      folder: '/x',
      clock,
      look: () => {
        looks++;
        return new Promise(
          (resolve) => (answer = () => resolve({ bsize: 1, blocks: 100, bfree: 1, bavail: 1 })),
        );
      },
    });
    const first = disk.problem();
    const second = disk.problem();
    clock.advance(LOOK_WAIT_MS);
    assert.deepEqual([await first, await second], ['it does not answer', 'it does not answer']);
    const third = disk.problem();
    answer();
    assert.match((await third) ?? '', /full to 99 %/);
    clock.advance(LOOK_EACH_MS - 1);
    assert.match((await disk.problem()) ?? '', /full/);
    assert.equal(looks, 1);
    clock.advance(1);
    void disk.problem();
    assert.equal(looks, 2);
    answer();
  });
});
