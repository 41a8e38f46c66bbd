import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { ConnectionState } from '../types.ts';
import { age, number } from './format.ts';
import { icon } from './icons.ts';
import {
  apply,
  language,
  PageController,
  plant,
  serverSays,
  setLanguage,
  setTheme,
  t,
  theme,
  THEMES,
} from './page.ts';
import { shared } from './style.ts';

const LAMPS: Readonly<Record<ConnectionState, string>> = {
  connecting: '🟡',
  live: '🟢',
  fallback: '🔴',
  offline: '⚫',
};
const LOOKS: Readonly<Record<ConnectionState, string>> = {
  connecting: 'idle',
  live: 'good',
  fallback: 'bad',
  offline: 'idle',
};
const THEME_ICONS = { auto: 'auto', light: 'light_theme', dark: 'dark' } as const;

/** How the page hears of the plant, and the choice of language and colours: `<factory-badge>`. */
export class FactoryBadge extends LitElement {
  static override styles = [
    shared,
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.6em;
      }
      .badge {
        display: inline-flex;
        align-items: center;
        gap: 0.5em;
        min-height: 2.4em;
        padding: 0.2em 1em;
        border: 2px solid currentcolor;
        border-radius: 2em;
        font-weight: 700;
      }
      .details {
        min-height: 1.4em;
      }
      .tools {
        display: flex;
        gap: 0.4em;
        margin-inline-start: auto;
      }
      .tools button {
        display: inline-flex;
        align-items: center;
        gap: 0.4em;
      }
    `,
  ];

  constructor() {
    super();
    this.addController(new PageController(this, 'connection'));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    apply();
  }

  override render(): TemplateResult {
    const { state, reason, stale } = plant().connection;
    return html`
      <div class="bar">
        <span class="badge ${LOOKS[state]}" role="status">
          <span aria-hidden="true">${LAMPS[state]}</span> ${t(`connection.${state}`)}
        </span>
        <span class="details muted number" data-state=${state}>
          ${this.#details()} ${state === 'live' && !stale ? nothing : t('connection.retry')}
        </span>
        <span class="tools">
          <button
            type="button"
            lang=${language() === 'fa' ? 'en' : 'fa'}
            aria-label="${t('language')}: ${t('language.switch')}"
            @click=${() => setLanguage(language() === 'fa' ? 'en' : 'fa')}
          >
            ${icon('language')} ${t('language')}
          </button>
          <button
            type="button"
            aria-label=${t(`theme.${theme()}`)}
            title=${t(`theme.${theme()}`)}
            @click=${nextTheme}
          >
            ${icon(THEME_ICONS[theme()])}
          </button>
        </span>
      </div>
      ${reason === null ? nothing : html`<p class="note warn">${serverSays(reason)}</p>`}
    `;
  }

  #details(): string {
    const { state, latency, age: heard } = plant().connection;
    if (state === 'live' || state === 'fallback') {
      return latency === null ? '' : t('connection.latency', { ms: number(latency, 0) });
    }
    return heard === null ? t('connection.never') : t('connection.heard', { age: age(heard) });
  }
}

function nextTheme(): void {
  setTheme(THEMES[THEMES.indexOf(theme()) + 1] ?? THEMES[0]);
}
