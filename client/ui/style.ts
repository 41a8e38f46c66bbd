/** How all elements look. Colours are named once; light and dark differ in nothing else. Contrast is AA or better. */
import { css } from 'lit';

export const shared = css`
  :host {
    display: block;
    box-sizing: border-box;

    color: var(--text);
    font:
      400 var(--factory-size, clamp(15px, 12px + 0.45vw, 26px)) / 1.4 system-ui,
      'Noto Sans',
      'Vazirmatn',
      'Noto Sans Arabic',
      sans-serif;
    text-align: start;

    --text: #1b1f24;
    --muted: #555e68;
    --card: #ffffff;
    --edge: #c4ccd4;
    --accent: #0b5cad;
    --on-accent: #ffffff;
    --good: #14692e;
    --good-back: #dff3e4;
    --warn: #7a4a00;
    --warn-back: #fdeecb;
    --bad: #a31621;
    --bad-back: #fde3e3;
    --idle: #555e68;
    --idle-back: #e9edf1;
  }
  :host([data-dark]) {
    color-scheme: dark;
    --text: #e8edf2;
    --muted: #a9b4bf;
    --card: #1b222a;
    --edge: #46515c;
    --accent: #7db8f5;
    --on-accent: #0c1116;
    --good: #7fdd9b;
    --good-back: #163320;
    --warn: #f5c462;
    --warn-back: #3a2c0c;
    --bad: #ff9d9d;
    --bad-back: #431a1d;
    --idle: #a9b4bf;
    --idle-back: #2a323b;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  /* Not a margin of the element: many pages take those away from everything. */
  :host::after {
    content: '';
    display: block;
    height: 1.1em;
  }
  h2 {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0.5em;
    margin: 0 0 0.5em;
    font-size: 1.1em;
    font-weight: 600;
  }
  .grid {
    display: grid;
    gap: 0.75em;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 16.5em), 1fr));
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .card {
    position: relative;
    display: flex;
    flex-direction: column;
    gap: 0.5em;
    min-width: 0;
    padding: 0.85em 1em;
    border: 1px solid var(--edge);
    border-radius: 0.6em;
    background: var(--card);
  }
  .card.stale {
    border-style: dashed;
    border-color: var(--warn);
  }
  .row {
    display: flex;
    align-items: center;
    gap: 0.6em;
    min-width: 0;
  }
  .grow {
    flex: 1;
    min-width: 0;
  }
  .name {
    overflow: hidden;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .muted {
    color: var(--muted);
    font-size: 0.82em;
  }
  .number {
    font-variant-numeric: tabular-nums;
  }
  .tag {
    display: inline-flex;
    align-items: center;
    gap: 0.3em;
    padding: 0.05em 0.5em;
    border: 1px solid currentcolor;
    border-radius: 1em;
    font-size: 0.78em;
    font-weight: 600;
    white-space: nowrap;
  }
  .good {
    color: var(--good);
    background: var(--good-back);
  }
  .warn {
    color: var(--warn);
    background: var(--warn-back);
  }
  .bad {
    color: var(--bad);
    background: var(--bad-back);
  }
  .idle {
    color: var(--idle);
    background: var(--idle-back);
  }
  .note {
    margin: 0;
    padding: 0.45em 0.7em;
    border-radius: 0.4em;
    font-size: 0.88em;
    overflow-wrap: anywhere;
  }
  button,
  input,
  select {
    min-height: 2.75em;
    border: 1px solid var(--edge);
    border-radius: 0.45em;
    background: var(--card);
    color: var(--text);
    font: inherit;
    font-size: 0.88em;
  }
  button {
    padding: 0 0.8em;
    cursor: pointer;
    touch-action: manipulation;
  }
  button:disabled {
    cursor: not-allowed;
    color: var(--muted);
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  svg {
    flex: none;
    width: 1.4em;
    height: 1.4em;
    fill: none;
    stroke: currentcolor;
    stroke-linecap: round;
    stroke-linejoin: round;
    stroke-width: 1.8;
  }
  @media (prefers-reduced-motion: no-preference) {
    .thumb,
    .bar > i {
      transition:
        transform 0.15s,
        width 0.3s;
    }
  }
`;
