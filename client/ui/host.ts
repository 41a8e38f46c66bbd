import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Stats } from '../types.ts';
import { age, bytes, isolate, number, percent } from './format.ts';
import { empty, PageController, plant, t } from './page.ts';
import { staleTag } from './stale.ts';
import { shared } from './style.ts';

/** From here on a figure in percent is marked. */
const HIGH = 80;
const CRITICAL = 95;

type Level = 'good' | 'warn' | 'bad';

/** The computer that it runs on, and Node-RED's own health: `<factory-host>`. */
export class FactoryHost extends LitElement {
  static override styles = [
    shared,
    css`
      .figure {
        font-size: 1.4em;
        font-weight: 700;
      }
      .meter {
        height: 0.7em;
        overflow: hidden;
        border: 1px solid currentcolor;
        border-radius: 0.4em;
      }
      .meter > i {
        display: block;
        height: 100%;
        background: currentcolor;
      }
      .meter.good,
      .meter.warn,
      .meter.bad {
        background: none;
      }
    `,
  ];

  /** The sample before, for the rates of the network. */
  #before: Stats | undefined;
  #last: Stats | undefined;

  constructor() {
    super();
    this.addController(new PageController(this, 'stats', 'connection'));
  }

  override render(): TemplateResult {
    const { stats, connection } = plant();
    if (!stats) this.#before = this.#last = undefined;
    if (stats && stats !== this.#last) {
      this.#before = this.#last;
      this.#last = stats;
    }
    return html`
      <section aria-labelledby="title">
        <h2 id="title">${t('host')} ${staleTag(connection)}</h2>
        ${stats ? this.#cards(stats, connection.stale) : html`<p class="muted">${empty('host.none')}</p>`}
      </section>
    `;
  }

  #cards({ cpu, memory, disk, network, temperature, node_red: red }: Stats, stale: boolean): TemplateResult {
    const cores = cpu.count === 1 ? t('host.cores.one') : t('host.cores', { count: number(cpu.count, 0) });
    const clock = cpu.frequency ? isolate(`${number(cpu.frequency.current / 1000, 2)} GHz`) : '';
    const rates = this.#rates(network);
    const card = (
      name: string,
      figure: TemplateResult | string,
      below: TemplateResult | string,
    ): TemplateResult =>
      html`<li>
        <article class="card ${stale ? 'stale' : ''}">
          <div class="name">${name}</div>
          <div class="figure number">${figure}</div>
          <div class="muted number">${below}</div>
        </article>
      </li>`;
    const share = (name: string, of: number, below: string): TemplateResult =>
      card(name, html`${percent(of)} ${mark(levelOf(of))}${meter(name, of)}`, below);
    return html`
      <ul class="grid">
        ${share(t('host.cpu'), cpu.percent, clock === '' ? cores : `${cores} · ${clock}`)}
        ${share(t('host.memory'), memory.percent, used(memory.used, memory.total))}
        ${share(t('host.disk'), disk.percent, used(disk.used, disk.total))}
        ${card(
          t('host.network'),
          rates ? html`<bdi>↓ ${bytes(rates.received)}/s</bdi> <bdi>↑ ${bytes(rates.sent)}/s</bdi>` : '…',
          `${t('host.received')} ${bytes(network.bytes_recv)} · ${t('host.sent')} ${bytes(network.bytes_sent)}`,
        )}
        ${
          temperature
            ? card(
                t('host.temperature'),
                html`${isolate(`${number(temperature.current)} °C`)} ${mark(warmth(temperature))}`,
                limits(temperature),
              )
            : card(t('host.temperature'), '—', t('host.temperature.none'))
        }
        ${
          red
            ? card(
                t('host.nodered'),
                html`<bdi dir="ltr">${red.version ?? ''}</bdi>`,
                [
                  t('host.loop', { ms: number(red.event_loop.p99, 0) }),
                  t('host.heap', { used: bytes(red.heap_used), total: bytes(red.heap_total) }),
                  t('host.uptime', { age: age(red.uptime * 1000) }),
                ].join(' · '),
              )
            : nothing
        }
      </ul>
    `;
  }

  /** Bytes a second, between the last two samples. */
  #rates({ bytes_sent, bytes_recv }: Stats['network']): { sent: number; received: number } | undefined {
    const before = this.#before;
    const seconds = before ? (Date.parse(this.#last!.timestamp) - Date.parse(before.timestamp)) / 1000 : 0;
    if (!before || !(seconds > 0)) return undefined;
    return {
      sent: Math.max(0, bytes_sent - before.network.bytes_sent) / seconds,
      received: Math.max(0, bytes_recv - before.network.bytes_recv) / seconds,
    };
  }
}

function used(part: number, total: number): string {
  return t('host.of', { used: bytes(part), total: bytes(total) });
}

function levelOf(value: number): Level {
  return value >= CRITICAL ? 'bad' : value >= HIGH ? 'warn' : 'good';
}

function warmth({ current, high, critical }: NonNullable<Stats['temperature']>): Level {
  if (critical !== null && current >= critical) return 'bad';
  return high !== null && current >= high ? 'warn' : 'good';
}

function limits({ high, critical }: NonNullable<Stats['temperature']>): string {
  const celsius = (value: number): string => isolate(`${number(value, 0)} °C`);
  if (high === null) return '';
  return critical === null
    ? t('host.high', { high: celsius(high) })
    : t('host.limits', { high: celsius(high), critical: celsius(critical) });
}

function mark(level: Level): TemplateResult | typeof nothing {
  if (level === 'good') return nothing;
  return html`<span class="tag ${level}">${t(level === 'bad' ? 'level.critical' : 'level.high')}</span>`;
}

function meter(name: string, value: number): TemplateResult {
  return html`<div
    class="meter ${levelOf(value)}"
    role="meter"
    aria-label=${name}
    aria-valuenow=${Math.round(value)}
    aria-valuemin="0"
    aria-valuemax="100"
  >
    <i style="width: ${Math.min(100, Math.max(0, value))}%"></i>
  </div>`;
}
