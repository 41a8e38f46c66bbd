import { isolate, number } from './format.ts';
import { serverSays, t } from './page.ts';
import { wordsOfReason } from './reasons.ts';

/** A reason of the server in the language of the page, others as they are. */
export function reasonIn(reason: string): string {
  const words = wordsOfReason(reason);
  if (!words) return `\u2068${reason}\u2069`;
  const values = Object.entries(words.values).map(([name, value]) => [
    name,
    name === 'words' ? isolate(value) : number(Number(value), 1),
  ]);
  return t(words.word, Object.fromEntries(values) as Record<string, string>);
}

/** The same, where what the server says in English is marked as such. */
export function saysWhy(reason = ''): string {
  if (reason === '') return '';
  return wordsOfReason(reason) ? reasonIn(reason) : serverSays(reason);
}
