import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composedExamples } from '../../scripts/examples/compose.ts';

const root = join(import.meta.dirname, '../..');
const CORE_FLOW = '00 - Factory IoT core flow.json';
/** What every Node-RED brings, and works without another program or machine. */
const CORE_TYPES = new Set(
  'tab,group,comment,inject,debug,catch,function,change,switch,rbe,http in,http response'.split(','),
);

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly g?: string;
  readonly plant?: string;
  readonly server?: string;
  readonly y?: number;
  readonly nodes?: readonly string[];
  readonly wires?: readonly (readonly string[])[];
  readonly [property: string]: unknown;
}

const types = Object.keys(
  (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      'node-red': { nodes: Record<string, string> };
    }
  )['node-red'].nodes,
);
const files = readdirSync(join(root, 'examples'))
  .filter((name) => name.endsWith('.json'))
  .toSorted();
const examples = files.filter((file) => file !== CORE_FLOW);

describe('the examples', () => {
  it('that are put together from other files are up to date (npm run examples)', () => {
    for (const [path, nodes] of Object.entries(composedExamples(root)))
      assert.deepEqual(JSON.parse(readFileSync(join(root, path), 'utf8')), nodes, path);
  });

  it('trust no dashboard, because nobody guards those of a Node-RED of one’s own yet', () => {
    const [one, two] = [1, 2].map((number) => `dashboards/Core flow with Dashboard ${number}.json`);
    for (const file of [one!, two!]) {
      const relays = read(file).filter(({ type }) => type === 'factory-relay');
      assert.equal(relays.length, 4);
      for (const { trustDashboards } of relays) assert.equal(trustDashboards, false);
    }
  });

  it('are one for each node, numbered, with names that any file system takes', () => {
    for (const file of files) assert.match(file, /^\d\d - [A-Z][\w ,-]*\.json$/);
    assert.equal(new Set(files.map((file) => file.slice(0, 2))).size, files.length);
    const shown = examples.map((file) => `factory-${prefixOf(file)}`);
    assert.deepEqual(shown.toSorted(), types.toSorted());
  });

  it('can all be imported into one Node-RED: no id, path or file is there twice', () => {
    const all = files.flatMap((file) => read(file));
    assertUnique(all.map(({ id }) => id));
    assertUnique(all.flatMap(({ type, path }) => (type === 'factory-server' ? [path] : [])));
    assertUnique(all.flatMap(({ type, base }) => (type === 'factory-api' ? [base] : [])));
    assertUnique(
      all.flatMap(({ type, method, url }) => (type === 'http in' ? [JSON.stringify([method, url])] : [])),
    );
    assertUnique(all.flatMap(({ type, file }) => (type === 'factory-plant' && file !== '' ? [file] : [])));
  });

  for (const file of examples) {
    describe(file, () => {
      const flow = read(file);
      const byId = new Map(flow.map((node) => [node.id, node]));

      it('is one tab with a title, of our nodes and core nodes alone', () => {
        assert.equal(flow.filter(({ type }) => type === 'tab').length, 1);
        assert.ok(flow.some(({ type, g, info }) => type === 'comment' && g === undefined && info));
        const foreign = flow.filter(({ type }) => !CORE_TYPES.has(type) && !types.includes(type));
        assert.deepEqual(foreign, []);
      });

      it('starts every id with its own prefix and refers to nothing outside', () => {
        for (const node of flow) {
          assert.match(node.id, new RegExp(`^ex-${prefixOf(file)}-`));
          const refers = [node.z, node.g, node.plant, node.server, ...(node.wires ?? []).flat()];
          for (const id of refers) if (id !== undefined) assert.ok(byId.has(id), id);
        }
      });

      it('lies on the grid, in groups that know their nodes', () => {
        for (const { id, type, y, g, nodes } of flow) {
          if (type === 'group') {
            const members = flow.filter((node) => node.g === id).map((node) => node.id);
            assert.deepEqual([...(nodes ?? [])].toSorted(), members.toSorted());
          } else if (y !== undefined) {
            assert.equal(y % 20, 0, id);
            if (type !== 'comment') assert.ok(g, `${id} is in no group`);
          }
        }
      });
    });
  }
});

function read(file: string): FlowNode[] {
  return JSON.parse(readFileSync(join(root, 'examples', file), 'utf8')) as FlowNode[];
}

/** The part of an example's ids that names its node. */
function prefixOf(file: string): string {
  return /^ex-([a-z]+)-/.exec(read(file)[0]!.id)?.[1] ?? '';
}

function assertUnique(values: readonly unknown[]): void {
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  assert.deepEqual(twice, []);
}
