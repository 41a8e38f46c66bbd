/**
 * Builds what Node-RED loads: dist/ (JavaScript, types, and beside each node its HTML, locales and icon).
 *
 * Node-RED looks for `<node>.html`, `locales/<lang>/<node>.{json,html}` and `icons/` next to each node's
 * built `.js`; `examples/` it reads at the package root, so they need no copy.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const nodesDir = join(root, 'nodes');
const languages = ['en-US', 'fa'];

rmSync(join(root, 'dist'), { recursive: true, force: true });
compile('tsconfig.build.json');

const names = readdirSync(nodesDir).filter((name) => existsSync(join(nodesDir, name, `${name}.ts`)));
for (const name of names) {
  const from = join(nodesDir, name);
  const to = join(root, 'dist', 'nodes', name);
  writeFileSync(
    join(to, `${name}.html`),
    `<script type="text/javascript">\n${await editorScript(name)}</script>\n\n${readFileSync(join(from, `${name}.html`), 'utf8')}`,
  );
  for (const language of languages) copyLocale(name, language);
  mkdirSync(join(to, 'icons'), { recursive: true });
  cpSync(join(root, 'icons', `${name}.svg`), join(to, 'icons', `${name}.svg`));
}
console.log(`built ${names.length} nodes`);

/** The editor's half of a node as one script. Not minified: `registerType('<name>', …)` has to stay readable. */
async function editorScript(name: string): Promise<string> {
  const result = await build({
    entryPoints: [join(nodesDir, name, `${name}.editor.ts`)],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    write: false,
  });
  return result.outputFiles[0]!.text;
}

/** A node's catalogue with the words that all nodes share; the help text as it is. */
function copyLocale(name: string, language: string): void {
  const from = join(nodesDir, name, 'locales', language);
  const to = join(root, 'dist', 'nodes', name, 'locales', language);
  mkdirSync(to, { recursive: true });
  const shared = readJson(join(nodesDir, 'locales', `${language}.json`));
  const own = readJson(join(from, `${name}.json`));
  writeFileSync(join(to, `${name}.json`), JSON.stringify({ ...shared, ...own }, null, 2));
  cpSync(join(from, `${name}.html`), join(to, `${name}.html`));
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

function compile(project: string): void {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, project)], {
    stdio: 'inherit',
  });
}
