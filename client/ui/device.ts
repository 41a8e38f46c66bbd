import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Device, DeviceStatus, Value } from '../types.ts';
import { age, quantity } from './format.ts';
import { deviceIcon, icon } from './icons.ts';
import { reasonIn } from './say-reason.ts';
import { PageController, plant, serverSays, t } from './page.ts';
import { shared } from './style.ts';
import { TickController } from './ticker.ts';
import { whyNotWrite } from './who.ts';

const STATUSES: readonly DeviceStatus[] = ['active', 'inactive', 'error', 'maintenance'];
const LOOKS: Readonly<Record<DeviceStatus, string>> = {
  active: 'good',
  inactive: 'idle',
  error: 'bad',
  maintenance: 'warn',
};

/** A time further in the future than this is no time: a clock was changed. Milliseconds; the server's clock is estimated. */
const AHEAD_MS = 10_000;

/**
 * One device. Its value can be edited where its attributes say `writable: true`; `choices` (with commas between),
 * `min`, `max` and `step` say how.
 */
export class FactoryDevice extends LitElement {
  static override properties = {
    device: { attribute: false },
    stale: { type: Boolean },
  };
  static override styles = [
    shared,
    css`
      :host::after {
        display: none;
      }
      .wrap {
        flex-wrap: wrap;
      }
      .value {
        /* A unit that has no room goes to a second line; only long texts are cut. */
        display: -webkit-box;
        overflow: hidden;
        min-height: 1.5em;
        font-size: 1.7em;
        font-weight: 700;
        line-height: 1.5;
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
      .value bdi {
        white-space: pre-wrap;
      }
      .unit {
        font-size: 0.6em;
        font-weight: 400;
      }
      .four {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 0.3em;
      }
      .four button {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 0.4em;
        padding: 0 0.3em;
      }
      .four button[aria-pressed='true'] {
        border-width: 2px;
        border-color: currentcolor;
      }
      form {
        display: flex;
        gap: 0.4em;
      }
      input,
      select {
        flex: 1;
        min-width: 0;
        padding: 0 0.6em;
      }
    `,
  ];

  declare device: Device;
  declare stale: boolean;
  #busy = false;
  #refused: string | undefined;
  #shownAges = '';

  constructor() {
    super();
    this.stale = false;
    this.addController(new PageController(this));
    // Most ages read the same a second later, and hundreds of cards would be rendered for nothing.
    this.addController(
      new TickController(this, () => {
        if (this.#ages() !== this.#shownAges) this.requestUpdate();
      }),
    );
  }

  override render(): TemplateResult {
    const { id, name, type, status, quality, reason } = this.device;
    this.#shownAges = this.#ages();
    return html`
      <article class="card ${this.stale ? 'stale' : ''}" data-device=${id}>
        <div class="row">
          ${deviceIcon(type)}
          <div class="grow">
            <div class="name" title=${name}><bdi>${name}</bdi></div>
            <div class="muted"><bdi dir="ltr">${id}</bdi></div>
          </div>
        </div>
        <div class="value number">${this.#value()}</div>
        <div class="row wrap">
          <span class="tag ${LOOKS[status]} status">${icon(status)} ${t(`status.${status}`)}</span>
          <span class="muted number age">${this.stale ? t('stale') : ''} ${this.#age()}</span>
          ${
            quality === 'bad' || quality === 'uncertain'
              ? html`<span class="tag ${quality === 'bad' ? 'bad' : 'warn'}">${t(`device.${quality}`)}</span>`
              : nothing
          }
          ${this.#presence()}
        </div>
        ${
          reason === undefined || quality === 'good'
            ? nothing
            : html`<p class="muted number reason">${reasonIn(reason)}</p>`
        }
        ${this.#editor()}
        <div
          class="four"
          role="group"
          aria-label=${t('device.status', { name })}
          title=${whyNotWrite(id) ?? nothing}
        >
          ${STATUSES.map((one) => this.#button(one))}
        </div>
        ${
          this.#refused === undefined
            ? nothing
            : html`<p class="note bad" role="alert">
                <b>${t('device.refused')}:</b> ${serverSays(this.#refused)}
              </p>`
        }
      </article>
    `;
  }

  #value(): TemplateResult {
    const { value, unit } = this.device;
    const shown = typeof value === 'number' ? quantity(value) : value === null ? '—' : String(value);
    // The demo's conveyor has the unit "status", which says nothing beside a word.
    const known = unit !== '' && (typeof value === 'number' || unit !== 'status');
    return html`<bdi>${shown}</bdi> ${known ? html`<bdi class="unit">${unit}</bdi>` : nothing}`;
  }

  /** Told by words and a mark, and not by colour alone. One that is there needs no mark. */
  #presence(): TemplateResult | typeof nothing {
    const { presence } = this.device;
    if (presence !== 'late' && presence !== 'offline' && presence !== 'unknown') return nothing;
    const looks = { late: 'warn', offline: 'bad', unknown: 'idle' }[presence];
    return html`<span class="tag ${looks} number presence" data-presence=${presence}>
      ${icon(presence)} ${t(`presence.${presence}`)} ${this.#presenceAge()}
    </span>`;
  }

  #button(status: DeviceStatus): TemplateResult {
    const pressed = this.device.status === status;
    const word = t(`status.${status}`);
    return html`
      <button
        type="button"
        class=${pressed ? LOOKS[status] : ''}
        aria-pressed=${pressed ? 'true' : 'false'}
        ?disabled=${this.#isShut()}
        @click=${() => void this.#write(() => plant().setStatus(this.device.id, status))}
      >
        ${icon(status)} ${word}
      </button>
    `;
  }

  #editor(): TemplateResult | typeof nothing {
    const { attributes = {}, value, name } = this.device;
    if (attributes['writable'] !== true) return nothing;
    const label = t('device.value', { name });
    const { choices, min, max, step } = attributes;
    const list = typeof choices === 'string' ? choices.split(',').map((one) => one.trim()) : [];
    const field =
      list.length > 0
        ? html`<select name="value" aria-label=${label} ?disabled=${this.#isShut()}>
            ${list.map((one) => html`<option value=${one} ?selected=${one === value}>${one}</option>`)}
          </select>`
        : html`<input
            name="value"
            aria-label=${label}
            autocomplete="off"
            type=${typeof value === 'number' ? 'number' : 'text'}
            step=${typeof step === 'number' ? step : 'any'}
            min=${typeof min === 'number' ? min : nothing}
            max=${typeof max === 'number' ? max : nothing}
            placeholder=${value === null ? '' : typeof value === 'number' ? quantity(value) : String(value)}
            required
            ?disabled=${this.#isShut()}
          />`;
    return html`
      <form @submit=${(event: SubmitEvent) => this.#submit(event)}>
        ${field}
        <button type="submit" ?disabled=${this.#isShut()}>${t('device.set')}</button>
      </form>
    `;
  }

  /** Whether it can be written now, by whoever is signed in. */
  #isShut(): boolean {
    return this.#busy || this.stale || whyNotWrite(this.device.id) !== undefined;
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const field = form.elements.namedItem('value') as HTMLInputElement | HTMLSelectElement;
    const value: Value = field.type === 'number' ? Number(field.value) : field.value;
    void this.#write(async () => {
      await plant().setValue(this.device.id, value);
      if (field instanceof HTMLInputElement) field.value = '';
    });
  }

  async #write(send: () => Promise<unknown>): Promise<void> {
    this.#busy = true;
    this.requestUpdate();
    try {
      await send();
      this.#refused = undefined;
    } catch (error) {
      this.#refused = error instanceof Error ? error.message : String(error);
    }
    this.#busy = false;
    this.requestUpdate();
  }

  #presenceAge(): string {
    const ms = plant().serverNow() - Date.parse(this.device.presence_since ?? '');
    return ms > -AHEAD_MS ? t('presence.since', { age: age(ms) }) : '';
  }

  /** All that changes by time alone. */
  #ages(): string {
    return `${this.#age()} ${this.#presenceAge()}`;
  }

  #age(): string {
    const { last_update: updated, source_time: source } = this.device;
    const at = Date.parse(updated);
    if (Number.isNaN(at)) return '';
    const ms = plant().serverNow() - at;
    // A replay, or a clock that was changed since.
    if (source === null || ms < -AHEAD_MS) return t('device.age.unknown');
    return t('device.age', { age: age(ms) });
  }
}
