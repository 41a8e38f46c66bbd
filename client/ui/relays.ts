import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Action, Relay } from '../types.ts';
import { age, isolate } from './format.ts';
import { icon } from './icons.ts';
import { empty, nameOf, PageController, plant, serverSays, t } from './page.ts';
import { saysWhy } from './say-reason.ts';
import { shared } from './style.ts';
import { staleTag } from './stale.ts';
import { TickController } from './ticker.ts';
import { tellAnswered, whyNot } from './who.ts';
import type { Word } from './words.ts';

interface Refused {
  readonly words: string;
  readonly code: string;
  /** When it would be allowed, by this machine's clock; milliseconds since 1970. */
  readonly retryAt?: number;
}

/** What a switch waits for, and why the last command was not carried out. */
interface Asked {
  readonly waiting: boolean;
  readonly refused?: Refused;
}

/** All relays of the plant as cards with a switch: `<factory-relays>`. */
export class FactoryRelays extends LitElement {
  static override styles = [
    shared,
    css`
      .card.simulated {
        background:
          repeating-linear-gradient(
            -45deg,
            transparent 0 0.7em,
            color-mix(in srgb, var(--warn-back) 70%, transparent) 0.7em 1.4em
          ),
          var(--card);
      }
      .switch {
        display: inline-flex;
        align-items: center;
        gap: 0.6em;
        min-width: 7em;
        min-height: 3em;
        font-weight: 700;
      }
      .track {
        width: 2.9em;
        height: 1.6em;
        padding: 0.15em;
        border: 2px solid currentcolor;
        border-radius: 1em;
      }
      .thumb {
        display: block;
        width: 1.1em;
        height: 100%;
        border-radius: 50%;
        background: currentcolor;
      }
      [aria-checked='true'] .thumb {
        transform: translateX(1.2em);
      }
      :host([dir='rtl']) [aria-checked='true'] .thumb {
        transform: translateX(-1.2em);
      }
      [aria-checked='true'] {
        border-color: var(--good);
        background: var(--good-back);
        color: var(--good);
      }
      [aria-busy='true'] .track {
        border-style: dashed;
      }
      .may-not {
        display: flex;
        align-items: center;
        gap: 0.5em;
      }
      .line {
        min-height: 1.3em;
      }
      /* As high with a button as without, so that nothing jumps when someone takes a relay in hand. */
      .mode {
        min-height: 2.75em;
        flex-wrap: wrap;
      }
      .mode .muted {
        flex: 1 1 6em;
      }
    `,
  ];

  readonly #asked = new Map<string, Asked>();
  #leave = (): void => {};

  constructor() {
    super();
    this.addController(new PageController(this, 'relays', 'connection'));
    this.addController(new TickController(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // What one person was refused is nothing to the next one.
    this.#leave = plant().on('session', () => this.#asked.clear());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
  }

  override render(): TemplateResult {
    const { relays, connection } = plant();
    const all = Array.from(relays.values());
    return html`
      <section aria-labelledby="title">
        <h2 id="title">${t('relays')} ${staleTag(connection)}</h2>
        ${
          all.some(({ locked }) => locked?.by === 'safe-mode')
            ? html`<p class="note bad safe-mode" style="margin-bottom: 0.75em">
                <b>${t('relay.safe-mode')}</b> ${t('relay.safe-mode.why')}
              </p>`
            : nothing
        }
        ${
          all.some(({ simulated }) => simulated)
            ? html`<p class="note warn" style="margin-bottom: 0.75em">
                <b>${t('simulated.all')}</b>
              </p>`
            : nothing
        }
        ${all.length === 0 ? html`<p class="muted">${empty('relays.none')}</p>` : nothing}
        <ul class="grid">
          ${repeat(
            all,
            ({ id }) => id,
            (relay) => html`<li>${this.#card(relay)}</li>`,
          )}
        </ul>
      </section>
    `;
  }

  #card(relay: Relay): TemplateResult {
    const { id, name, state, simulated, available, reason } = relay;
    const { stale, state: link } = plant().connection;
    const asked = this.#asked.get(id);
    const word = state === null ? 'relay.unknown' : state ? 'relay.on' : 'relay.off';
    const mayNot = whyNot(id);
    const cut = (link !== 'live' && link !== 'fallback') || mayNot !== undefined;
    return html`
      <article class="card ${simulated ? 'simulated' : ''} ${stale ? 'stale' : ''}" data-relay=${id}>
        <div class="row">
          ${icon('relay')}
          <div class="grow">
            <div class="name"><bdi>${name}</bdi></div>
            <div class="muted"><bdi dir="ltr">${id}</bdi></div>
          </div>
          ${simulated ? html`<span class="tag warn">${t('simulated')}</span>` : nothing}
        </div>
        <div class="row">
          <button
            type="button"
            class="switch"
            role="switch"
            aria-label=${t('relay.turn', { name })}
            aria-checked=${state === true ? 'true' : 'false'}
            aria-busy=${asked?.waiting ? 'true' : 'false'}
            aria-describedby="line-${id}${mayNot === undefined ? '' : ` may-${id}`}"
            title=${mayNot ?? nothing}
            ?disabled=${cut || !available || asked?.waiting === true}
            @click=${() => void this.#send(id, state === true ? 'off' : 'on')}
          >
            <span class="track" aria-hidden="true"><span class="thumb"></span></span>
            <span class="word">${t(word)}</span>
          </button>
          <span class="muted grow line number" id="line-${id}">
            ${asked?.waiting ? t('relay.waiting') : changedLine(relay)}
          </span>
        </div>
        ${mayNot === undefined ? nothing : html`<p class="note idle may-not" id="may-${id}">${icon('lock')} ${mayNot}</p>`}
        ${this.#claims(relay, cut)} ${asked?.refused ? refusal(asked.refused) : nothing}
        ${
          available
            ? nothing
            : html`<p class="note bad"><b>${t('relay.unavailable')}</b> ${saysWhy(reason)}</p>`
        }
        ${stale ? html`<p class="note warn">${t('stale')}</p>` : nothing}
      </article>
    `;
  }

  /** Who has it, and how it gets free: the answer to "why can it not be switched?" before it is tried. */
  #claims(relay: Relay, cut: boolean): TemplateResult {
    const { id, hand, locked, tripped, forced, fault, off_at: offAt } = relay;
    const give = (action: 'auto' | 'unlock' | 'reset', word: Word): TemplateResult =>
      html`<button type="button" ?disabled=${cut} @click=${() => void this.#send(id, action)}>
        ${t(word)}
      </button>`;
    const leftUntil = (at: string | undefined): number => Date.parse(at ?? '') - plant().serverNow();
    const left = leftUntil(offAt);
    return html`
      ${
        fault
          ? html`<p class="note bad">
              <b>${t('relay.fault')}</b>
              ${fault.code === 'unconfirmed' ? t('relay.unconfirmed') : serverSays(fault.reason)}
            </p>`
          : nothing
      }
      ${
        tripped
          ? html`<p class="note bad row tripped">
              <span class="grow"
                >${t('relay.tripped', { who: calledOf(tripped.by), reason: isolate(tripped.reason) })}
                ${tripped.causes ? t('relay.tripped.still', { names: tripped.causes.map(calledOf).join(', ') }) : nothing}</span
              >
              ${tripped.causes ? nothing : give('reset', 'relay.reset')}
            </p>`
          : nothing
      }
      ${
        forced
          ? html`<p class="note warn row">
              <span class="grow number"
                >${t(forced.state ? 'relay.forced.on' : 'relay.forced.off', { who: nameOf(forced.by), age: age(Math.max(0, leftUntil(forced.until))) })}
                ${forced.why === undefined ? nothing : serverSays(forced.why)}</span
              >
              ${give('auto', 'relay.unforce')}
            </p>`
          : nothing
      }
      ${
        locked
          ? html`<p class="note bad row">
              <span class="grow"
                >${t('relay.locked', { who: nameOf(locked.by), why: isolate(locked.why) })}</span
              >
              ${give('unlock', 'relay.unlock')}
            </p>`
          : nothing
      }
      <div class="row mode">
        <span class="tag idle">${t(hand ? 'relay.hand' : 'relay.auto')}</span>
        <span class="grow muted number">
          ${hand ? t('relay.hand.by', { who: nameOf(hand.by), age: age(plant().serverNow() - Date.parse(hand.since)) }) : nothing}
          ${leftUntil(hand?.until) > 0 ? t('relay.hand.left', { age: age(leftUntil(hand?.until)) }) : nothing}
        </span>
        ${hand && !forced ? give('auto', 'relay.release') : nothing}
      </div>
      ${left > 0 ? html`<p class="note idle number">${t('relay.off.in', { age: age(left) })}</p>` : nothing}
    `;
  }

  /** The switch moves when the state that was read back does, not when it is clicked. */
  async #send(id: string, action: Action): Promise<void> {
    this.#ask(id, { waiting: true });
    const { ok, reason, code, retry_after: retry } = await plant().command(id, action);
    tellAnswered();
    const refused = {
      words: reason ?? code,
      code,
      ...(retry !== undefined && { retryAt: Date.now() + retry }),
    };
    this.#ask(id, ok ? { waiting: false } : { waiting: false, refused });
  }

  #ask(id: string, asked: Asked): void {
    this.#asked.set(id, asked);
    this.requestUpdate();
  }
}

/** The name of a device that trips relays, or of a person who did. */
function calledOf(id: string): string {
  const name = plant().devices.get(id)?.name;
  return name === undefined ? nameOf(id) : isolate(name);
}

/** When it changed, and who did it. */
function changedLine({ changed, by }: Relay): string {
  const at = changed === undefined ? NaN : Date.parse(changed);
  if (Number.isNaN(at)) return '';
  const since = age(plant().serverNow() - at);
  if (!by) return t('relay.changed', { age: since });
  return t('relay.changed.by', { age: since, who: nameOf(by) });
}

function refusal({ words, code, retryAt }: Refused): TemplateResult {
  const left = retryAt === undefined ? 0 : retryAt - Date.now();
  return html`<p class="note bad" role="alert">
    <b>${t('relay.refused')}:</b> <bdi>${serverSays(words, code)}</bdi>
    ${left > 0 ? t('relay.retry', { age: age(left) }) : nothing}
  </p>`;
}
