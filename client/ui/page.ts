/**
 * What all elements of a page share: one client, one language, one choice of colours. The choices are kept in
 * the browser, for this tablet and nobody else's.
 */
import type { LitElement, ReactiveController } from 'lit';
import { connect } from '../factory-client.ts';
import type { Client, ClientEvents, ClientOptions } from '../types.ts';
import { whereIs, type Where } from '../where.ts';
import { WORDS, type Language, type Word } from './words.ts';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Tells all elements that something they share is other than before. */
const CHANGED = 'factory-page';
/** What a dashboard's own socket delivers at least each 2 s: the sign that its native widgets are alive. */
const PULSE = 'factory-pulse';
const CUT = 'factory-cut';

let client: Client | undefined;
let settings: ClientOptions = ownServer();

/** Where the server is, if not where this script came from. Call it before any element is on the page. */
export function configure(options: ClientOptions): void {
  settings = options;
}

/** The one client of this page; it connects when the first element needs it. */
export function plant(): Client {
  return (client ??= connect(settings));
}

/** Where the server of this page is. */
export function where(): Where {
  return whereIs(settings);
}

export function language(): Language {
  // Not the language of the page: dashboards say that they are English whoever looks.
  return (read('factory-iot-language') ?? navigator.language).startsWith('fa') ? 'fa' : 'en';
}

export function setLanguage(chosen: Language): void {
  keep('factory-iot-language', chosen);
  apply();
}

export function theme(): Theme {
  const kept = read('factory-iot-theme');
  return THEMES.find((one) => one === kept) ?? 'auto';
}

export function setTheme(chosen: Theme): void {
  keep('factory-iot-theme', chosen);
  apply();
}

const deviceIsDark = matchMedia('(prefers-color-scheme: dark)');
deviceIsDark.addEventListener('change', () => apply());

/** Whether the page is dark now. */
export function isDark(): boolean {
  const chosen = theme();
  return chosen === 'auto' ? deviceIsDark.matches : chosen === 'dark';
}

/**
 * Tells the page itself, for what is not ours: its language, and by the classes `factory-rtl` and `factory-dark` how a
 * style may follow. Not by its direction: Dashboard 2 would lay itself out half outside of the window.
 */
export function apply(): void {
  const root = document.documentElement;
  root.lang = language();
  root.classList.toggle('factory-rtl', isRightToLeft());
  root.classList.toggle('factory-dark', isDark());
  document.dispatchEvent(new Event(CHANGED));
}

function isRightToLeft(): boolean {
  return language() === 'fa';
}

/** A word in the language of the page, with what it has in braces filled in. */
export function t(word: Word, parts: Readonly<Record<string, string>> = {}): string {
  return WORDS[language()][word].replace(/\{(\w+)\}/g, (all, name: string) => parts[name] ?? all);
}

/**
 * The server's own words, which are English, as such; behind what their code means, where that is known, for people who
 * read another language.
 */
export function serverSays(words: string, code?: string): string {
  const said = t('server.says', { words: `\u2068${words}\u2069` });
  const key = `code.${code}`;
  if (language() === 'en' || !(key in WORDS.en)) return said;
  return `${t(key as Word)}. ${said}`;
}

/** What an empty list says: that something is still to come, that somebody has to sign in, or that there is nothing. */
export function empty(word: Word): string {
  const { needsSignIn, connection } = plant();
  if (needsSignIn) return t('sign-in.first');
  return t(connection.state === 'connecting' ? 'loading' : word);
}

/** Who did something, in words where it was no person. */
export function nameOf(by: string): string {
  const known = `by.${by}`;
  return known in WORDS.en ? t(known as Word) : `\u2068${by}\u2069`;
}

/** A dashboard's template calls this with each message that its own socket brings. */
export function pulse(): void {
  document.dispatchEvent(new Event(PULSE));
}

/** A dashboard's template calls this where its own socket is gone. */
export function cut(): void {
  document.dispatchEvent(new Event(CUT));
}

export function onPulse(hear: (isAlive: boolean) => void): () => void {
  const alive = (): void => hear(true);
  const gone = (): void => hear(false);
  document.addEventListener(PULSE, alive);
  document.addEventListener(CUT, gone);
  return () => {
    document.removeEventListener(PULSE, alive);
    document.removeEventListener(CUT, gone);
  };
}

/** Renders an element anew when the client tells of one of these events, or the page changes its language. */
export class PageController implements ReactiveController {
  readonly #host: LitElement;
  readonly #events: readonly (keyof ClientEvents)[];
  #leave: (() => void)[] = [];

  constructor(host: LitElement, ...events: (keyof ClientEvents)[]) {
    this.#host = host;
    this.#events = events;
  }

  hostConnected(): void {
    const update = (): void => this.#host.requestUpdate();
    document.addEventListener(CHANGED, update);
    // Whoever it is, what is shown and what may be done follows.
    const events: readonly (keyof ClientEvents)[] = [...this.#events, 'session'];
    this.#leave = events.map((event) => plant().on(event, update));
    this.#leave.push(() => document.removeEventListener(CHANGED, update));
    update();
  }

  hostUpdate(): void {
    const host = this.#host;
    const dir = isRightToLeft() ? 'rtl' : 'ltr';
    // Set anew, though to the same, each of them would have the style of all that is below computed again.
    if (host.lang !== language()) host.lang = language();
    if (host.dir !== dir) host.dir = dir;
    if (host.hasAttribute('data-dark') !== isDark()) host.toggleAttribute('data-dark', isDark());
  }

  hostDisconnected(): void {
    for (const leave of this.#leave.splice(0)) leave();
  }
}

/** The server that this script came from, below the same root as this script. */
function ownServer(): ClientOptions {
  const source = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : '';
  const found = /^(https?:\/\/[^/]+)(.*)\/factory-iot\/[\w.-]+\.js(\?.*)?$/.exec(source);
  if (!found) return {};
  const [, url = '', root = ''] = found;
  return { url, path: `${root}/socket.io`, api: `${root}/api`, access: `${root}/factory-iot` };
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Where a browser keeps nothing, the choice holds as long as the page is open.
    return choices.get(key) ?? null;
  }
}

function keep(key: string, value: string): void {
  choices.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

const choices = new Map<string, string>();
