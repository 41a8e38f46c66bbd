/**
 * What Node-RED's library and its palette ask of a package: the rules of node-red-dev's validation that need no
 * network, and our own about languages and what is published. Looks at the built package where that counts.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './house.ts';

interface Package {
  name: string;
  license: string;
  repository: { url: string };
  keywords: string[];
  engines: { node: string };
  dependencies: Record<string, string>;
  'node-red': { version: string; nodes: Record<string, string> };
}

/** What is inside the archive of another package has no checksum of its own. */
interface Lock {
  packages: Record<string, { integrity?: string; inBundle?: boolean; optionalDependencies?: object }>;
}

const LANGUAGES = ['en-US', 'fa'] as const;
/** What the oldest Node-RED that is supported needs. */
const NODE_OF_NODE_RED = [22, 9];

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const readJson = (path: string): unknown => JSON.parse(read(path));
const filesBelow = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file}`,
      )
    : [];

const manifest = readJson('package.json') as Package;
const types = Object.keys(manifest['node-red'].nodes);

describe('the package', () => {
  it('names its licence, its repository and itself as the library wants it', () => {
    assert.equal(manifest.license, 'MIT');
    assert.match(read('LICENSE'), /^MIT License/);
    assert.match(manifest.repository.url, /^git\+https:\/\/.+\.git$/);
    assert.match(manifest.name, /^@[a-z-]+\/[a-z-]+$/);
    assert.ok(manifest.keywords.includes('node-red'));
  });

  it('asks for a Node-RED, and for no more of Node.js than the newest Node-RED does', () => {
    assert.match(manifest['node-red'].version, /^>=\d+\.\d+\.\d+$/);
    const newest = (readJson('node_modules/node-red/package.json') as Package).engines.node;
    assert.equal(manifest.engines.node, newest);
    assert.equal(manifest.engines.node, `>=${NODE_OF_NODE_RED.join('.')}`);
  });

  it('has at most six dependencies', () => {
    assert.ok(Object.keys(manifest.dependencies).length <= 6);
  });

  it('declares the types of its pages and folders, no more and no less', () => {
    const folders = readdirSync(join(root, 'nodes')).filter((name) =>
      existsSync(join(root, `nodes/${name}/${name}.html`)),
    );
    assert.deepEqual(types.toSorted(), folders.toSorted());
  });

  it('locks versions and checksums, but not where they are loaded from', () => {
    for (const lock of ['package-lock.json', 'test/oldest-node/package-lock.json']) {
      assert.doesNotMatch(read(lock), /"resolved"/, lock);
      const { packages } = readJson(lock) as Lock;
      const unchecked = Object.entries(packages).filter(
        ([path, { integrity, inBundle }]) => path && !integrity && !inBundle,
      );
      assert.deepEqual(unchecked, [], lock);
    }
  });

  it('locks the binaries of every platform, without which npm ci refuses the lockfile', () => {
    const { packages } = readJson('package-lock.json') as Lock;
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
    assert.deepEqual(missing, []);
  });

  it('is built without what Node-RED 4.1 or the editor cannot load', () => {
    // The client for browsers they do not load.
    const built = filesBelow('dist').filter((file) => !file.startsWith('dist/client/'));
    assert.ok(built.length > 0, 'dist/ is missing: npm run build');
    assert.deepEqual(
      built.filter((file) => file.endsWith('.mjs')),
      [],
    );
    const awaiting = built.filter(
      (file) => file.endsWith('.js') && /^(?:[^\s/*].*)?\bawait\b/m.test(read(file)),
    );
    assert.deepEqual(awaiting, [], 'await outside of a function');
  });

  it('publishes what is needed and nothing else', function () {
    this.timeout(30_000);
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [packed] = JSON.parse(output) as [{ files: { path: string }[] }];
    const paths = packed.files.map(({ path }) => path);
    const stray = paths.filter(
      (path) =>
        !/^(dist|examples|flows|icons)\/|^(README(\.fa)?\.md|CHANGELOG\.md|SECURITY\.md|LICENSE|package\.json)$/.test(
          path,
        ),
    );
    assert.deepEqual(stray, []);
    assert.deepEqual(
      paths.filter((path) => /\.stamp$|\.test\.|(^|\/)test\//.test(path)),
      [],
    );
    const needed = [
      'README.md',
      'README.fa.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'LICENSE',
      'package.json',
      'flows/factory.json',
      ...types.flatMap((type) => [
        `dist/nodes/${type}/${type}.js`,
        `dist/nodes/${type}/${type}.html`,
        `icons/${type}.svg`,
      ]),
      ...['client.js', 'elements.js', 'index.js', 'factory-client.d.ts', 'types.d.ts'].map(
        (file) => `dist/client/${file}`,
      ),
      ...filesBelow('examples').filter((file) => file.endsWith('.json')),
    ];
    assert.deepEqual(
      needed.filter((path) => !paths.includes(path)),
      [],
    );
  });
});

for (const type of types) {
  describe(`the package's ${type}`, () => {
    const built = manifest['node-red'].nodes[type]!;

    it('is where the package says, and registers its type in a way that tools can read', () => {
      assert.equal(built, `dist/nodes/${type}/${type}.js`);
      const call = new RegExp(`\\.registerType\\(['"]${type}['"],`);
      assert.match(read(built), call);
      const page = read(built.replace(/js$/, 'html'));
      assert.match(page, call);
      assert.match(page, new RegExp(`data-template-name="${type}"`));
    });

    it('has its icon', () => {
      const icon = /\bicon: ['"]([^'"]+\.svg)['"]/.exec(read(`nodes/${type}/${type}.editor.ts`))?.[1];
      const isConfig = /category: ['"]config['"]/.test(read(`nodes/${type}/${type}.editor.ts`));
      if (!isConfig || icon !== undefined) assert.equal(icon, `${type}.svg`);
      for (const path of [`icons/${type}.svg`, `dist/nodes/${type}/icons/${type}.svg`])
        assert.match(read(path), /<svg\b/);
    });

    it('has help and one set of texts in each language', () => {
      const keys = LANGUAGES.map((language) => {
        const folder = `nodes/${type}/locales/${language}`;
        assert.match(read(`${folder}/${type}.html`), new RegExp(`data-help-name="${type}"`));
        return leaves(readJson(`${folder}/${type}.json`));
      });
      assert.ok(keys[0]!.length > 0);
      assert.deepEqual(keys[1], keys[0]);
    });

    it('has every text that its dialog and its status ask for', () => {
      const asked = filesBelow(`nodes/${type}`)
        .filter((file) => /\.(ts|html)$/.test(file) && !file.includes('/locales/'))
        .flatMap((file) => [
          ...read(file).matchAll(new RegExp(`['"\\]]((?:common|${type})(?:\\.[\\w-]+)+)['"]`, 'g')),
        ])
        .map(([, key]) => key!)
        // Names of files look like keys.
        .filter((key) => !/\.(svg|js|html|css)$/.test(key));
      for (const language of LANGUAGES) {
        const known = new Set([
          ...leaves(readJson(`nodes/locales/${language}.json`)),
          ...leaves(readJson(`nodes/${type}/locales/${language}/${type}.json`)),
        ]);
        assert.deepEqual(
          asked.filter((key) => !known.has(key)),
          [],
          language,
        );
      }
    });

    it('has an example', () => {
      const examples = filesBelow('examples').filter((file) => file.endsWith('.json'));
      const showing = examples.filter((file) =>
        (readJson(file) as { type: string }[]).some((node) => node.type === type),
      );
      assert.notDeepEqual(showing, [], `no file in examples/ has a ${type}`);
    });
  });
}

describe('the texts that all nodes share', () => {
  it('are the same set in each language', () => {
    const [english, persian] = LANGUAGES.map((language) =>
      leaves(readJson(`nodes/locales/${language}.json`)),
    );
    assert.deepEqual(persian, english);
  });

  it('have an entry for each error code', () => {
    const source = /export type ErrorCode =([^]+?)\n\n/.exec(read('lib/base/errors.ts'))![1]!;
    const codes = [...source.matchAll(/'([\w-]+)'/g)].map(([, code]) => `common.error.${code}`);
    assert.ok(codes.length > 5);
    const known = new Set(leaves(readJson('nodes/locales/en-US.json')));
    assert.deepEqual(
      codes.filter((key) => !known.has(key)),
      [],
    );
  });
});

/** The keys of a catalogue as i18next names them, sorted; each must hold some text. */
function leaves(catalogue: unknown, prefix = ''): string[] {
  return Object.entries(catalogue as object)
    .flatMap(([key, value]: [string, unknown]) => {
      if (typeof value === 'object' && value !== null) return leaves(value, `${prefix}${key}.`);
      assert.ok(typeof value === 'string' && value.trim() !== '', `${prefix}${key} is empty`);
      return [`${prefix}${key}`];
    })
    .toSorted();
}
