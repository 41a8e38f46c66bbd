import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, startNodeRed, VERSIONS, type FlowNode, type NodeRed, type Version } from './harness.ts';

const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  'node-red': { nodes: Record<string, string> };
};
const types = Object.keys(packageJson['node-red'].nodes);
const flowFiles = ['flows', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name)),
);

const CORE = 'flows/factory.json';
const readFlow = (file: string): FlowNode[] =>
  JSON.parse(readFileSync(join(root, file), 'utf8')) as FlowNode[];

for (const version of Object.keys(VERSIONS).map(Number) as Version[]) {
  describe(`the package in Node-RED ${version}`, function () {
    this.timeout(30_000);
    let red: NodeRed;
    before(async () => {
      red = await startNodeRed({ version });
    });
    after(() => red.stop());

    it('is the version that is meant', async () => {
      const settings = await red.RED.runtime.settings.getRuntimeSettings({});
      assert.equal((settings as { version: string }).version.split('.')[0], String(version));
    });

    it('loads every node without an error', async () => {
      const sets = (await red.RED.runtime.nodes.getNodeList({})) as {
        module: string;
        types: string[];
        err?: unknown;
      }[];
      const ours = sets.filter((set) => set.module === '@factory-iot/node-red');
      assert.deepEqual(
        ours.filter((set) => set.err).map((set) => [set.types, String(set.err)]),
        [],
      );
      assert.deepEqual(ours.flatMap((set) => set.types).toSorted(), types.toSorted());
    });

    for (const file of flowFiles) {
      it(`runs ${file}`, async () => {
        red.log.length = 0;
        // The other bundled flows build on the core.
        const core = file.startsWith('flows/') && file !== CORE ? readFlow(CORE) : [];
        await red.deploy([...core, ...readFlow(file)]);
        assert.deepEqual(red.log, []);
      });
    }
  });
}
