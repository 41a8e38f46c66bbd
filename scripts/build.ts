/**
 * Builds what Node-RED loads: dist/ (JavaScript, types, and beside each node its HTML, locales and icon).
 *
 * Node-RED looks for `<node>.html`, `locales/<lang>/<node>.{json,html}` and `icons/` next to each node's
 * built `.js`; `examples/` it reads at the package root, so they need no copy. The client for browsers is built for
 * a `<script src>` and for bundlers.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';

const root = join(import.meta.dirname, '..');
const nodesDir = join(root, 'nodes');
const languages = ['en-US', 'fa'];
/** Of the last years: tablets on walls are rarely new. */
const BROWSERS = 'es2020';

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
await buildClient('factory-client.ts', 'client.js', { format: 'iife', globalName: 'FactoryIoT' });
await buildClient('factory-client.ts', 'index.js', { format: 'esm' });
await buildClient('elements.ts', 'elements.js', { format: 'iife', globalName: 'FactoryIoT' });
await buildClient('sign-in/sign-in.ts', 'sign-in.js', { format: 'iife' });
await buildSignInPage();
compile('tsconfig.client.json', '--noEmit', 'false');
console.log(`built ${names.length} nodes and the client`);

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

/** The client for browsers as one file, with all it needs in it, for browsers of the last years. */
async function buildClient(
  from: string,
  file: string,
  shape: { format: 'iife' | 'esm'; globalName?: string },
): Promise<void> {
  await build({
    entryPoints: [join(root, 'client', from)],
    outfile: join(root, 'dist/client', file),
    bundle: true,
    ...shape,
    platform: 'browser',
    target: BROWSERS,
    charset: 'utf8',
    minify: true,
    sourcemap: true,
  });
}

/** The sign-in page with its style in it: one file less to wait for. */
async function buildSignInPage(): Promise<void> {
  const from = (file: string): string => readFileSync(join(root, 'client/sign-in', file), 'utf8');
  const { code } = await transform(from('sign-in.css'), { loader: 'css', minify: true, target: 'chrome90' });
  const html = from('sign-in.html').replace(
    /<link rel="stylesheet"[^>]*>/,
    () => `<style>${code.trim()}</style>`,
  );
  writeFileSync(join(root, 'dist/client/sign-in.html'), html);
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

function compile(project: string, ...options: string[]): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, project), ...options], { stdio: 'inherit' });
}
