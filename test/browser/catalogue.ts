/** What the editor should show of a node, read from the built package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../integration/harness.ts';
import { THOROUGH } from '../thorough.ts';

export const LANGUAGES = { 'en-US': 'English', fa: 'Persian' } as const;
export type Language = keyof typeof LANGUAGES;
/** The one that is written from right to left has all that the other has, and more to go wrong. */
export const TRIED: readonly Language[] = THOROUGH ? (Object.keys(LANGUAGES) as Language[]) : ['fa'];

interface Tree {
  readonly [key: string]: string | Tree;
}

/** The node types that the package registers. */
export const TYPES = Object.keys(
  (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      'node-red': { nodes: Record<string, string> };
    }
  )['node-red'].nodes,
);

/** All texts of a node's catalogue by their full keys. */
export function catalogue(type: string, language: Language): Map<string, string> {
  const texts = new Map<string, string>();
  const walk = (tree: Tree, prefix: string): void => {
    for (const [name, value] of Object.entries(tree)) {
      if (typeof value === 'string') texts.set(prefix + name, value);
      else walk(value, `${prefix}${name}.`);
    }
  };
  walk(JSON.parse(localeFile(type, language, 'json')) as Tree, '');
  return texts;
}

/** The first sentence or two of a node's help, as plain text. */
export function firstParagraph(type: string, language: Language): string {
  const [, paragraph = ''] = /<p>(.*?)<\/p>/s.exec(localeFile(type, language, 'html')) ?? [];
  return plain(paragraph.replace(/<[^>]*>/g, ''));
}

/** Text as it reads: entities resolved, spaces as one. */
export function plain(text: string): string {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
  return text
    .replace(/&(lt|gt|quot|amp);/g, (entity) => entities[entity]!)
    .replace(/[^\S\u200c]+/g, ' ')
    .trim();
}

function localeFile(type: string, language: Language, extension: 'html' | 'json'): string {
  return readFileSync(join(root, 'dist/nodes', type, 'locales', language, `${type}.${extension}`), 'utf8');
}
