import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Returned } from '../types.ts';
import { age, number, timeOfDay } from './format.ts';
import { PageController, plant, t } from './page.ts';
import { shared } from './style.ts';

/** How many are kept; older ones have been read or no longer matter. */
const KEPT = 20;
/** How many names one message lists. */
const NAMED = 5;

type Message = { readonly at: number } & (
  { readonly kind: 'lost' } | { readonly kind: 'returned'; readonly what: Returned }
);

const messages: Message[] = [];
let listening = false;

/** When the connection was lost and came back, and what changed meanwhile: `<factory-messages>`. */
export class FactoryMessages extends LitElement {
  static override styles = [
    shared,
    css`
      ol {
        display: grid;
        gap: 0.4em;
        margin: 0;
        padding: 0;
        list-style: none;
      }
    `,
  ];

  constructor() {
    super();
    this.addController(new PageController(this, 'lost', 'returned'));
  }

  override connectedCallback(): void {
    // Before the rendering that the same events cause. The page is what remembers, not one of its elements.
    listen();
    super.connectedCallback();
  }

  override render(): TemplateResult {
    return html`
      <section aria-labelledby="title">
        <h2 id="title">${t('messages')}</h2>
        ${messages.length === 0 ? html`<p class="muted">${t('messages.none')}</p>` : nothing}
        <div role="log">
          <ol>
            ${messages.map(
              (message) => html`
                <li class="note ${message.kind === 'lost' ? 'warn' : 'good'}">
                  <time class="number">${timeOfDay(message.at)}</time> ${textOf(message)}
                </li>
              `,
            )}
          </ol>
        </div>
      </section>
    `;
  }
}

function listen(): void {
  if (listening) return;
  listening = true;
  const add = (message: Message): void => {
    messages.unshift(message);
    messages.splice(KEPT);
  };
  plant().on('lost', () => add({ kind: 'lost', at: Date.now() }));
  // They name what is in the plant, and who is not signed in must not know.
  plant().on('session', (session) => {
    if (!session) messages.splice(0);
  });
  plant().on('returned', (what) => add({ kind: 'returned', at: Date.now(), what }));
}

function textOf(message: Message): string {
  if (message.kind === 'lost') return t('message.lost');
  const { lostFor, devices, relays } = message.what;
  const names = [...devices, ...relays].map(
    (id) => plant().devices.get(id)?.name ?? plant().relays.get(id)?.name ?? id,
  );
  const changed = names.length === 0 ? t('message.same') : t('message.changed', { names: listed(names) });
  return `${t('message.returned', { age: age(lostFor) })}: ${changed}`;
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, NAMED).join(', ');
  if (names.length <= NAMED) return first;
  return t('message.more', { names: first, count: number(names.length - NAMED, 0) });
}
