/** One beat a second for everything that shows how old it is; none while nobody looks. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

const beats = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** Calls `beat` once a second while its element is on the page; left out: renders the element anew. */
export class TickController implements ReactiveController {
  readonly #beat: () => void;

  constructor(host: ReactiveControllerHost, beat: () => void = () => host.requestUpdate()) {
    this.#beat = beat;
  }

  hostConnected(): void {
    beats.add(this.#beat);
    timer ??= setInterval(all, 1000);
  }

  hostDisconnected(): void {
    beats.delete(this.#beat);
    if (beats.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }
}

function all(): void {
  if (document.hidden) return;
  for (const beat of beats) beat();
}
