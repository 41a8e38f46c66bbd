import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCounts, parseCounts, sum } from '../../scripts/test/closing-line.ts';
import { runMocha } from '../../scripts/test/mocha.ts';

describe('the closing line of npm test', () => {
  it('is read and written in one form', () => {
    for (const line of ['3 passed, 0 failed', '0 passed, 2 failed, 1 skipped']) {
      assert.equal(formatCounts(parseCounts(line)!), line);
    }
    for (const line of ['3 passed', ' 3 passed, 0 failed', '3 passed, 0 failed, today'])
      assert.equal(parseCounts(line), undefined);
  });

  it('adds up', () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    assert.deepEqual(sum([one, one]), { passed: 2, failed: 4, skipped: 6 });
    assert.deepEqual(sum([]), { passed: 0, failed: 0, skipped: 0 });
  });

  describe('of a run', () => {
    let folder: string;
    let said: string[];
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'factory-iot-run-'))));
    afterEach(() => rmSync(folder, { recursive: true, force: true }));
    const runs = (code: string): ReturnType<typeof runMocha> => {
      writeFileSync(join(folder, 'run.cjs'), code);
      said = [];
      return runMocha(process.execPath, [join(folder, 'run.cjs')], (line) => said.push(line));
    };

    it('is what the run counted', async () => {
      assert.deepEqual(await runs('console.log("5 passed, 0 failed, 2 skipped")'), {
        passed: 5,
        failed: 0,
        skipped: 2,
      });
      const failed = await runs('console.log("5 passed, 1 failed"); process.exitCode = 1');
      assert.deepEqual(failed, { passed: 5, failed: 1, skipped: 0 });
    });

    it('fails a run that broke off, found nothing or failed beyond its count', async () => {
      assert.equal((await runs('process.exit(7)')).failed, 1);
      assert.deepEqual(said, ['  FAILED mocha ended with code 7 before its tests did']);
      assert.equal((await runs('console.log("0 passed, 0 failed")')).failed, 1);
      assert.deepEqual(said, ['  FAILED no test was found']);
      assert.equal((await runs('console.log("5 passed, 0 failed"); process.exitCode = 1')).failed, 1);
    });
  });
});
