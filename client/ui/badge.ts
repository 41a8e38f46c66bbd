import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { ConnectionState } from '../types.ts';
import { age, isolate, number } from './format.ts';
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
import { saysWhy } from './say-reason.ts';
import { shared } from './style.ts';
import { signInPage } from './who.ts';

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
const NOBODY = { lamp: '🔒', look: 'warn' } as const;
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
      .sign-in {
        display: inline-flex;
        align-items: center;
        gap: 0.5em;
        min-height: 2.75em;
        padding: 0 1.4em;
        border-radius: 0.45em;
        background: var(--accent);
        color: var(--on-accent);
        font-weight: 700;
        text-decoration: none;
      }
      .person {
        display: inline-flex;
        align-items: center;
        gap: 0.5em;
        min-width: 0;
        padding-inline: 0.4em;
      }
      .who {
        display: grid;
        min-width: 0;
        max-width: 12em;
        line-height: 1.2;
      }
      .out {
        margin-inline-end: 0.6em;
      }
      :host([dir='rtl']) .out svg {
        transform: scaleX(-1);
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
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

  /** Why the server could not be told that somebody signed out. */
  #untold: string | undefined;

  constructor() {
    super();
    this.addController(new PageController(this, 'connection'));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    apply();
  }

  override render(): TemplateResult {
    const { connection, needsSignIn } = plant();
    const { state, reason, stale } = connection;
    return html`
      <div class="bar">
        <span class="badge ${needsSignIn ? NOBODY.look : LOOKS[state]}" role="status">
          <span aria-hidden="true">${needsSignIn ? NOBODY.lamp : LAMPS[state]}</span>
          ${t(needsSignIn ? 'sign-in.needed' : `connection.${state}`)}
        </span>
        ${
          needsSignIn
            ? html`<a class="sign-in" href=${signInPage()} target="_top"
                >${icon('person')} ${t('sign-in')}</a
              >`
            : html`<span class="details muted number" data-state=${state}>
                ${[this.#details(), state === 'live' && !stale ? '' : t('connection.retry')].filter(Boolean).join(' · ')}
              </span>`
        }
        <span class="tools">
          ${this.#person()}
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
      ${
        this.#untold === undefined
          ? nothing
          : html`<p class="note bad" role="alert">${t('sign-in.untold')} ${serverSays(this.#untold)}</p>`
      }
      ${reason === null || needsSignIn ? nothing : html`<p class="note warn">${saysWhy(reason)}</p>`}
    `;
  }

  /** Who is signed in, and the way out. */
  #person(): TemplateResult | typeof nothing {
    const { session } = plant();
    if (!session || session.open || session.name === '') return nothing;
    const role = t(`role.${session.role}`);
    const whole = t('sign-in.as', { name: isolate(session.name), role });
    return html`
      <span class="person" title=${whole}>
        ${icon('person')}
        <span class="who"><bdi class="name">${session.name}</bdi> <span class="muted">${role}</span></span>
      </span>
      <button
        type="button"
        class="out"
        aria-label=${t('sign-in.out')}
        title=${t('sign-in.out')}
        @click=${() => void this.#signOut()}
      >
        ${icon('leave')}
      </button>
    `;
  }

  async #signOut(): Promise<void> {
    try {
      await plant().signOut();
    } catch (error) {
      this.#untold = error instanceof Error ? error.message : String(error);
      this.requestUpdate();
      return;
    }
    // Everything on the page is of the person who left, also what is not ours to take away.
    window.top?.location.assign(signInPage());
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
