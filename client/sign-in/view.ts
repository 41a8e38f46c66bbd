/** What the page looks like in each of its states, in the language and the colours that this tablet has chosen. */
import type { Session } from '../types.ts';
import { WORDS, type Language, type Word } from './words.ts';

/** What went wrong. `words` are the server's own, `until` when it may be tried again (milliseconds since 1970). */
export interface Trouble {
  readonly word: Word;
  readonly words?: string;
  readonly until?: number;
}

export type View =
  | { readonly shows: 'loading' | 'none' }
  | { readonly shows: 'form' | 'busy' | 'closed'; readonly trouble?: Trouble }
  | { readonly shows: 'open' }
  | { readonly shows: 'known'; readonly session: Session; readonly trouble?: Trouble };

const LANGUAGE = 'factory-iot-language';

const deviceIsDark = matchMedia('(prefers-color-scheme: dark)');
let view: View = { shows: 'loading' };
let target = '/';
let chosen: Language | undefined;
let timer: ReturnType<typeof setInterval> | undefined;

/** Begins to show, with the address to go on to. */
export function start(goOn: string): void {
  target = goOn;
  const button = byId('language');
  button.addEventListener('click', () => {
    chosen = language() === 'fa' ? 'en' : 'fa';
    try {
      localStorage.setItem(LANGUAGE, chosen);
    } catch {
      // Where a browser keeps nothing, it holds as long as the page is open.
    }
    draw();
  });
  byId('show').addEventListener('click', () => reveal(password().type === 'password'));
  remember().addEventListener('change', draw);
  deviceIsDark.addEventListener('change', draw);
  draw();
}

export function show(next: View): void {
  view = next;
  draw();
  const trouble = troubleOf(next);
  clearInterval(timer);
  if (trouble?.until !== undefined) timer = setInterval(draw, 250);
}

export const name = (): HTMLInputElement => byId('name') as HTMLInputElement;
export const password = (): HTMLInputElement => byId('password') as HTMLInputElement;
export const remember = (): HTMLInputElement => byId('remember') as HTMLInputElement;
export const form = (): HTMLFormElement => byId('form') as HTMLFormElement;

export function reveal(visible: boolean): void {
  password().type = visible ? 'text' : 'password';
  byId('show').setAttribute('aria-pressed', String(visible));
  draw();
}

function draw(): void {
  const root = document.documentElement;
  root.lang = language();
  root.dir = language() === 'fa' ? 'rtl' : 'ltr';
  root.toggleAttribute('data-dark', isDark());
  for (const element of Array.from(document.querySelectorAll<HTMLElement>('[data-word]')))
    element.textContent = t(element.dataset['word'] as Word);
  drawTools();
  drawWords();
  drawTrouble();
  drawSubmit();
}

function drawTools(): void {
  const button = byId('language');
  put(button, t('language'));
  button.lang = language() === 'fa' ? 'en' : 'fa';
  button.setAttribute('aria-label', `${t('language')}: ${t('language.switch')}`);
  byId('show').setAttribute('aria-label', t('show'));
  byId('show').title = t(password().type === 'password' ? 'show' : 'hide');
  put(byId('long'), t(remember().checked ? 'remember.yes' : 'remember.no'));
}

function drawWords(): void {
  const { shows } = view;
  const session = view.shows === 'known' ? view.session : undefined;
  const who = { name: isolated(session?.name ?? ''), role: session ? t(`role.${session.role}`) : '' };
  const [title, lead] = WORDS_OF[shows];
  put(byId('title'), t(title));
  put(byId('lead'), lead ? t(lead, who) : '');
  document.title = `${t(title)} · Factory IoT`;
  const go = byId('go') as HTMLAnchorElement;
  go.hidden = !['open', 'none', 'known'].includes(shows);
  go.href = target;
  put(go, session ? t('go.as', who) : t('go'));
  byId('other').hidden = !session;
  put(byId('other'), t('known.other', who));
  form().hidden = !['form', 'busy', 'known'].includes(shows);
}

const WORDS_OF: Readonly<Record<View['shows'], readonly [Word, Word?]>> = {
  loading: ['title', 'loading'],
  form: ['title', 'lead'],
  busy: ['title', 'lead'],
  known: ['known.title', 'known.lead'],
  open: ['open.title', 'open.lead'],
  none: ['open.title', 'none.lead'],
  closed: ['closed.title'],
};

function drawTrouble(): void {
  const trouble = troubleOf(view);
  const error = byId('error');
  error.hidden = !trouble;
  // The same words again would be read aloud again, each time that the page is drawn.
  const key = trouble ? `${language()} ${trouble.word} ${trouble.words ?? ''}` : '';
  if (error.dataset['key'] === key) return;
  error.dataset['key'] = key;
  error.textContent = trouble ? t(trouble.word) : '';
  if (trouble?.words === undefined || trouble.words === '') return;
  const said = document.createElement('bdi');
  said.textContent = t('says', { words: isolated(trouble.words) });
  error.append(said);
}

function drawSubmit(): void {
  const submit = byId('submit') as HTMLButtonElement;
  const left = Math.ceil(((troubleOf(view)?.until ?? 0) - Date.now()) / 1000);
  const isBusy = view.shows === 'busy';
  submit.disabled = isBusy || left > 0;
  if (left <= 0) clearInterval(timer);
  const seconds = new Intl.NumberFormat(language() === 'fa' ? 'fa-IR' : 'en-GB').format(left);
  put(submit, left > 0 ? t('wait', { seconds }) : t(isBusy ? 'busy' : 'submit'));
}

function troubleOf(of: View): Trouble | undefined {
  return 'trouble' in of ? of.trouble : undefined;
}

function language(): Language {
  const kept = chosen ?? read(LANGUAGE) ?? navigator.language;
  return kept.startsWith('fa') ? 'fa' : 'en';
}

function isDark(): boolean {
  const kept = read('factory-iot-theme');
  return kept === 'dark' || (kept !== 'light' && deviceIsDark.matches);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function t(word: Word, parts: Readonly<Record<string, string>> = {}): string {
  return WORDS[language()][word].replace(/\{(\w+)\}/g, (all, key: string) => parts[key] ?? all);
}

/** Keeps words of another direction together. */
function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** Text that is there already stays: a screen reader would read it again. */
function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}
