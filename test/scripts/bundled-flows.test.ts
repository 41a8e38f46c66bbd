import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  planBundled,
  readBundled,
  readRecord,
  RECORD,
  writeRecord,
  type BundledFlow,
} from '../../scripts/start/bundled-flows.ts';
import { summary } from '../../scripts/start/summary.ts';

const types = new Set(['inject', 'debug']);
const flow = (name: string, ...nodes: [id: string, type: string][]): BundledFlow => ({
  name,
  nodes: nodes.map(([id, type]) => ({ id, type })),
});
const core = flow('factory.json', ['tab1', 'tab'], ['in1', 'inject']);

describe('the bundled flows', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'factory-iot-bundled-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are installed at the first start', () => {
    assert.deepEqual(planBundled([core], {}, [], types), { install: [core], present: [], skipped: [] });
  });

  it('are not installed again, whatever the user made of them', () => {
    const nothing = { install: [], present: [], skipped: [] };
    assert.deepEqual(planBundled([core], { 'factory.json': '2026-01-01' }, [], types), nothing);
    assert.deepEqual(planBundled([core], { 'factory.json': '2026-01-01' }, [{ id: 'in1' }], types), nothing);
  });

  it('are recognised where a crash came before the record', () => {
    const plan = planBundled([core], {}, [{ id: 'in1' }], types);
    assert.deepEqual(plan, { install: [], present: [core], skipped: [] });
  });

  it('wait for node types that are missing, and come once they are there', () => {
    const dashboard = flow(
      'dashboard.json',
      ['tab2', 'tab'],
      ['g', 'ui-gauge'],
      ['h', 'ui-gauge'],
      ['d', 'debug'],
    );
    const plan = planBundled([core, dashboard], {}, [], types);
    assert.deepEqual(plan.install, [core]);
    assert.deepEqual(plan.skipped, [{ name: 'dashboard.json', missing: ['ui-gauge'] }]);
    const later = planBundled([dashboard], {}, [], new Set([...types, 'ui-gauge']));
    assert.deepEqual(later.install, [dashboard]);
  });

  it('know what the runtime itself has', () => {
    const own = flow('own.json', ['t', 'tab'], ['g', 'group'], ['s', 'subflow'], ['i', 'subflow:s']);
    assert.deepEqual(planBundled([own], {}, [], new Set()).install, [own]);
  });

  it('are read with the core first', () => {
    for (const name of ['factory.json', 'dashboard.json', 'a.json', 'notes.txt'])
      writeFileSync(join(folder, name), '[{"id":"x","type":"tab"}]');
    assert.deepEqual(
      readBundled(folder).map(({ name }) => name),
      ['factory.json', 'a.json', 'dashboard.json'],
    );
  });

  it('must be arrays of nodes', () => {
    for (const text of ['{', '{}', '[{"id":"x"}]', '[null]']) {
      writeFileSync(join(folder, 'factory.json'), text);
      assert.throws(() => readBundled(folder), { code: 'invalid' }, text);
    }
  });

  it('are recorded', () => {
    assert.deepEqual(readRecord(folder), {});
    writeRecord(folder, { 'factory.json': '2026-01-01T00:00:00Z' });
    assert.deepEqual(readRecord(folder), { 'factory.json': '2026-01-01T00:00:00Z' });
    assert.deepEqual(readdirSync(folder), [RECORD]);
  });

  it('stay out where the record is damaged, which is left as it is', () => {
    for (const text of ['', '{', '[]', 'null', '{"factory.json":1}']) {
      writeFileSync(join(folder, RECORD), text);
      assert.throws(() => readRecord(folder), { code: 'invalid' }, text);
      assert.equal(readFileSync(join(folder, RECORD), 'utf8'), text);
    }
  });
});

describe('the lines npm start ends with', () => {
  const text = (flows: object[]): string => summary('http://h:1', '/data', flows as never).join('\n');

  it('name what the flows have', () => {
    const flows = [
      { id: 'a', type: 'factory-api', base: '/plant' },
      { id: 's', type: 'factory-server', path: '/live' },
      { id: 'b', type: 'factory-board', driver: 'simulated' },
    ];
    assert.match(
      text(flows),
      /h:1\/editor[^]*h:1\/plant\/health[^]*path \/live[^]*\/data[^]*simulated[^]*Ctrl-C/,
    );
  });

  it('name nothing else', () => {
    const flows = [
      { id: 't', type: 'tab', disabled: true },
      { id: 'a', type: 'factory-api', base: '/api', z: 't' },
      { id: 'c', type: 'factory-server', path: '/socket.io', d: true },
      { id: 'b', type: 'factory-board', driver: 'simulated' },
      { id: 'r', type: 'factory-board', driver: 'chardev' },
    ];
    assert.doesNotMatch(text(flows), /API|Socket|simulated/);
  });
});
