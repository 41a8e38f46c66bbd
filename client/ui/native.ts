import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { age } from './format.ts';
import { onPulse, PageController, plant, t } from './page.ts';
import { shared } from './style.ts';
import { TickController } from './ticker.ts';

/** A dashboard's socket brings a message each 2 s; after this its native widgets show what may no longer be so. */
const STALE_AFTER_MS = 6000;

/** The widgets of both dashboards with which something can be done. */
const SWITCHES = '.nrdb-ui-widget:not(:has(.factory-iot)), .nr-dashboard-switch';

/**
 * Watches the dashboard's own socket, which is not ours: when its messages stop, its native widgets are marked as
 * not current, on the page and by `factory-native-stale` on the root, by which a dashboard's style dims them. Where
 * nobody is signed in, `factory-signed-out` has it hide them: `<factory-native>`.
 */
export class FactoryNative extends LitElement {
  static override styles = [shared];
  #last = performance.now();
  #isCut = false;
  #leave = (): void => {};

  constructor() {
    super();
    this.addController(new PageController(this, 'relays'));
    this.addController(new TickController(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#last = performance.now();
    this.#leave = onPulse((isAlive) => {
      this.#isCut = !isAlive;
      if (isAlive) this.#last = performance.now();
      this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
  }

  override render(): TemplateResult | typeof nothing {
    const silent = performance.now() - this.#last;
    const stale = this.#isCut || silent > STALE_AFTER_MS;
    const { needsSignIn } = plant();
    document.documentElement.classList.toggle('factory-native-stale', stale);
    // What they show is the plant's, too.
    document.documentElement.classList.toggle('factory-signed-out', needsSignIn);
    // Whoever uses them by keyboard must not be able to, either: a dashboard would send it later.
    for (const widget of document.querySelectorAll(SWITCHES))
      widget.toggleAttribute('inert', stale || needsSignIn);
    if (needsSignIn) return nothing;
    const isSimulated = Array.from(plant().relays.values()).some(({ simulated }) => simulated);
    if (!stale) return isSimulated ? html`<p class="note warn">${t('simulated.all')}</p>` : nothing;
    const words = plant().connection.stale ? 'native.stale.all' : 'native.stale';
    return html`<p class="note bad" role="alert">${t(words, { age: age(silent) })}</p>`;
  }
}
