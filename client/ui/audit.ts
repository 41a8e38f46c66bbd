import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { AuditEntry, AuditPage } from '../types.ts';
import { causeOf, isBad, resultOf, whatOf, whenOf, whereFrom, whoOf } from './audit-words.ts';
import { empty, PageController, plant, serverSays, t } from './page.ts';
import { shared } from './style.ts';
import { onAnswered } from './who.ts';

const PAGE = 10;
/** More are not kept on a page, however long it is open. */
const KEPT = 500;
/** However much happens, it is asked no more often than this. */
const EACH_MS = 2000;

/** The plant's record of who did what, for engineers; for others nothing at all: `<factory-audit>`. */
export class FactoryAudit extends LitElement {
  static override styles = [
    shared,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5em 1em;
        margin-bottom: 0.6em;
      }
      h2 {
        flex: 1;
        margin: 0;
      }
      label {
        display: inline-flex;
        align-items: center;
        gap: 0.5em;
        font-size: 0.88em;
      }
      select {
        max-width: 16em;
        padding: 0 0.6em;
        font-size: 1em;
      }
      ol {
        margin: 0 0 0.6em;
        padding: 0;
        border: 1px solid var(--edge);
        border-radius: 0.6em;
        background: var(--card);
        list-style: none;
        overflow: hidden;
      }
      li {
        display: grid;
        grid-template-columns: 9em 11em 1fr auto;
        align-items: baseline;
        gap: 0.15em 1em;
        padding: 0.55em 1em;
        border-inline-start: 0.3em solid transparent;
        overflow-wrap: anywhere;
      }
      li + li {
        border-top: 1px solid var(--edge);
      }
      li.bad {
        border-inline-start-color: var(--bad);
        color: inherit;
      }
      li .tag {
        justify-self: end;
      }
      .by {
        font-weight: 600;
      }
      .more {
        grid-column: 3 / -1;
      }
      @media (max-width: 48em) {
        li {
          grid-template-columns: 1fr auto;
        }
        .more {
          grid-column: 1 / -1;
        }
        .by {
          grid-row: 1;
        }
        time {
          grid-row: 1;
          grid-column: 2;
          justify-self: end;
        }
      }
    `,
  ];

  #entries: readonly AuditEntry[] = [];
  #next: number | null = null;
  #relay = '';
  #failed: string | undefined;
  #loaded = false;
  #visible = false;
  #dirty = true;
  #asking: object | undefined;
  #askedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #observer: IntersectionObserver | undefined;
  #leave: (() => void)[] = [];

  constructor() {
    super();
    this.addController(new PageController(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const touch = (): void => this.#touch();
    this.#leave = [
      plant().on('relays', touch),
      plant().on('session', () => this.#forget()),
      onAnswered(touch),
    ];
    document.addEventListener('visibilitychange', touch);
    this.#leave.push(() => document.removeEventListener('visibilitychange', touch));
    this.#observer = new IntersectionObserver(([entry]) => {
      this.#visible = entry?.isIntersecting ?? true;
      this.#load();
    });
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.#leave.splice(0)) leave();
    this.#observer?.disconnect();
    this.#forget();
  }

  override render(): TemplateResult | typeof nothing {
    if (!isForMe()) return nothing;
    const relays = Array.from(plant().relays.values());
    return html`
      <section aria-labelledby="title">
        <div class="head">
          <h2 id="title">${t('audit')}</h2>
          <label>
            ${t('audit.relay')}
            <select @change=${(event: Event) => this.#filter((event.target as HTMLSelectElement).value)}>
              <option value="" ?selected=${this.#relay === ''}>${t('audit.all')}</option>
              ${relays.map(({ id, name }) => html`<option value=${id} ?selected=${id === this.#relay}>${name}</option>`)}
            </select>
          </label>
        </div>
        ${
          this.#failed === undefined
            ? nothing
            : html`<p class="note bad" role="alert">
                <b>${t('audit.failed')}</b> ${serverSays(this.#failed)}
              </p>`
        }
        ${
          this.#entries.length > 0
            ? html`<ol>
                ${repeat(this.#entries, ({ seq }) => seq, line)}
              </ol>`
            : html`<p class="muted">${this.#loaded ? empty('audit.none') : t('loading')}</p>`
        }
        ${
          this.#next === null
            ? nothing
            : html`<button
                type="button"
                ?disabled=${this.#asking !== undefined}
                @click=${() => void this.#older()}
              >
                ${t('audit.older')}
              </button>`
        }
      </section>
    `;
  }

  #filter(relay: string): void {
    this.#forget(relay);
  }

  /** Whoever comes next, and who asks for another relay, begins with nothing. */
  #forget(relay = ''): void {
    clearTimeout(this.#timer);
    this.#timer = this.#asking = this.#failed = undefined;
    this.#entries = [];
    this.#next = null;
    this.#relay = relay;
    this.#loaded = false;
    this.#askedAt = -Infinity;
    this.#touch();
    this.requestUpdate();
  }

  #touch(): void {
    this.#dirty = true;
    this.#load();
  }

  /** Asks for what is new, where somebody looks; what comes meanwhile waits for the next time. */
  #load(): void {
    if (!this.#dirty || !this.#visible || document.hidden || !isForMe() || this.#asking || this.#timer)
      return;
    const wait = this.#askedAt + EACH_MS - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#load();
      }, wait);
      return;
    }
    this.#dirty = false;
    this.#askedAt = performance.now();
    void this.#ask(undefined);
  }

  #older(): Promise<void> {
    return this.#ask(this.#next ?? undefined);
  }

  async #ask(before: number | undefined): Promise<void> {
    const asking = (this.#asking = {});
    this.requestUpdate();
    try {
      const page = await plant().audit({
        limit: PAGE,
        ...(before !== undefined && { before }),
        ...(this.#relay !== '' && { relay: this.#relay }),
      });
      if (asking !== this.#asking) return;
      this.#take(page, before !== undefined);
      this.#failed = undefined;
    } catch (error) {
      if (asking !== this.#asking) return;
      this.#failed = error instanceof Error ? error.message : String(error);
    }
    this.#loaded = true;
    this.#asking = undefined;
    this.requestUpdate();
    this.#load();
  }

  #take({ entries, next }: AuditPage, isOlder: boolean): void {
    const known = this.#entries;
    const oldest = entries[entries.length - 1]?.seq;
    if (isOlder) {
      this.#entries = [...known, ...entries].slice(0, KEPT);
      this.#next = this.#entries.length < KEPT ? next : null;
    } else if (oldest !== undefined && known.some(({ seq }) => seq === oldest)) {
      this.#entries = [...entries, ...known.filter(({ seq }) => seq < oldest)].slice(0, KEPT);
    } else {
      // More happened since than one page holds, and what lies between is not known.
      this.#entries = entries;
      this.#next = next;
    }
  }
}

function isForMe(): boolean {
  return plant().session?.role === 'engineer';
}

function line(entry: AuditEntry): TemplateResult {
  const bad = isBad(entry);
  const { reason, why } = entry;
  const cause = causeOf(entry);
  const result = resultOf(entry);
  const from = whereFrom(entry);
  return html`<li class=${bad ? 'bad' : ''} data-seq=${entry.seq}>
    <time class="muted number" datetime=${entry.at}>${whenOf(entry)}</time>
    <span class="by">${whoOf(entry)}</span>
    <span class="what">${whatOf(entry)}</span>
    ${result === '' ? nothing : html`<span class="tag ${bad ? 'bad' : 'idle'}">${result}</span>`}
    ${
      from === '' && cause === '' && !reason && !why
        ? nothing
        : html`<span class="more muted">
            ${from} ${cause === '' ? nothing : html`<span>· ${cause}</span>`}
            ${why ? html`<span>· ${serverSays(why)}</span>` : nothing}
            ${reason ? html`<span>· ${serverSays(reason)}</span>` : nothing}
          </span>`
    }
  </li>`;
}
