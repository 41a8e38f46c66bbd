import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { empty, PageController, plant, t } from './page.ts';
import { staleTag } from './stale.ts';
import { shared } from './style.ts';

/** All devices of the plant as cards: `<factory-devices>`. */
export class FactoryDevices extends LitElement {
  static override styles = [
    shared,
    css`
      li {
        /* What is far outside of the screen is not drawn, but keeps its place. */
        content-visibility: auto;
        contain-intrinsic-size: auto 13em;
      }
    `,
  ];

  constructor() {
    super();
    this.addController(new PageController(this, 'devices', 'connection'));
  }

  override render(): TemplateResult {
    const { devices, connection } = plant();
    return html`
      <section aria-labelledby="title">
        <h2 id="title">${t('devices')} ${staleTag(connection)}</h2>
        ${devices.size === 0 ? html`<p class="muted">${empty('devices.none')}</p>` : nothing}
        <ul class="grid">
          ${repeat(
            devices.values(),
            ({ id }) => id,
            (device) =>
              html`<li><factory-device .device=${device} ?stale=${connection.stale}></factory-device></li>`,
          )}
        </ul>
      </section>
    `;
  }
}
