import { html, nothing, type TemplateResult } from 'lit';
import type { Connection } from '../types.ts';
import { age } from './format.ts';
import { plant, t } from './page.ts';

/** Says beside a title that what is below may no longer be so, and since when. */
export function staleTag({ stale, age: heard, state }: Connection): TemplateResult | typeof nothing {
  // Before anything has come, and after all of it was forgotten, there is nothing that could be old.
  if (!stale || state === 'connecting' || plant().needsSignIn) return nothing;
  const words = heard === null ? t('stale') : t('stale.since', { age: age(heard) });
  return html`<span class="tag warn number">${words}</span>`;
}
