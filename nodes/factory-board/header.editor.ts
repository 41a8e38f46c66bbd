/** The header of a Raspberry Pi in the board's dialog: shows who has which line, and puts a line into a row. */
import { HEADER_CHIPS, HEADER_PINS } from './header-pins.ts';
import type { HeaderLine, HeaderPin } from './header-pins.ts';

type Text = (key: string, values?: Readonly<Record<string, unknown>>) => string;

interface Chip {
  readonly path: string;
  readonly label: string;
  readonly lines: readonly { readonly line: number; readonly used: boolean; readonly consumer: string }[];
}

/** How a line is, with its colour, which says nothing that a word does not. */
const LOOKS = {
  own: 'rgba(46, 125, 50, 0.28)',
  held: 'rgba(198, 40, 40, 0.2)',
  free: 'transparent',
  unknown: 'transparent',
} as const;
type Look = keyof typeof LOOKS;

const LIST = '#factory-board-channels';
/** The drivers whose lines are those of the header. */
const HERE: ReadonlySet<string> = new Set(['chardev']);

/** Draws the header, unfolded where the chip is a Raspberry Pi's. To be called once the rows are there. */
export function offerHeader(text: Text): void {
  const header = new Header((key, values) => text(`header.${key}`, values));
  $('#node-config-input-driver').on('change', () => header.place());
  $('#node-config-input-chip').on('input change', () => header.place());
  $(LIST)
    .on('input change', () => header.draw())
    .on('focusin', '> li', (event) => header.choose($(event.currentTarget as HTMLElement)));
  header.place();
  header.learn();
}

class Header {
  readonly #text: Text;
  readonly #section = $('#factory-board-header');
  readonly #table: JQuery;
  readonly #note: JQuery;
  #chips: readonly Chip[] = [];
  /** The row whose line is chosen next. */
  #row: JQuery | undefined;
  /** A line that somebody else has, and that was pressed once. */
  #warned: number | undefined;
  #wasPi: boolean | undefined;
  /** What this board calls itself to the kernel, which keeps 31 bytes of it. */
  readonly #consumer = `factory-iot:${String($('#node-config-input-name').val() ?? '')}`;

  constructor(text: Text) {
    this.#text = text;
    this.#section.find('summary').text(text('title'));
    this.#note = $('<p>').attr('role', 'status').css({ margin: '6px 0', minHeight: '1.4em' });
    // As the header itself, it is the same in all languages.
    this.#table = $('<table dir="ltr">')
      .attr('aria-label', text('title'))
      .css({ width: '100%', tableLayout: 'fixed', borderCollapse: 'separate', borderSpacing: '2px' });
    this.#section
      .find('.factory-board-header-pins')
      .empty()
      .append(
        this.#note,
        this.#table,
        $('<p>').css({ margin: '6px 0 0', fontSize: '0.85em' }).text(text('also')),
      );
    this.#build();
    this.#table
      .on('click', 'button', (event) =>
        this.#press(Number($(event.currentTarget as HTMLElement).data('line'))),
      )
      .on('keydown', 'button', (event) => this.#move(event));
    this.#section.on('toggle', () => this.draw());
  }

  /** Asks which chips there are and who has their lines. */
  learn(): void {
    void $.getJSON('factory-iot/chips').done(({ chips }: { chips: readonly Chip[] }) => {
      this.#chips = chips;
      this.place();
    });
  }

  /** Shows the header where the lines are this machine's, and unfolds it on a Raspberry Pi. */
  place(): void {
    this.#section.toggle(HERE.has(String($('#node-config-input-driver').val())));
    const label = this.#chip()?.label ?? chosenChip();
    const isPi = HEADER_CHIPS.has(label);
    // What a person folds or unfolds stays so until another chip is chosen.
    if (isPi !== this.#wasPi) this.#section.prop('open', isPi);
    this.#wasPi = isPi;
    this.draw();
  }

  choose(row: JQuery): void {
    if (this.#row?.is(row)) return;
    this.#row = row;
    this.#warned = undefined;
    this.draw();
  }

  /** Says of each line how it is now. */
  draw(): void {
    const row = this.#target();
    const current = row && lineOf(row);
    for (const pin of HEADER_PINS) {
      if (!('line' in pin)) continue;
      const { look, words } = this.#statusOf(pin.line);
      const button = this.#button(pin.line);
      button
        .attr({
          'data-look': look,
          'aria-pressed': String(current === pin.line),
          'aria-label': [`GPIO${pin.line}`, this.#text('pin', { pin: pin.pin }), words, pin.also]
            .filter((part) => part !== undefined)
            .join(', '),
          title: [words, pin.also].filter((part) => part !== undefined).join(' · '),
        })
        .css({
          background: LOOKS[look],
          outline: current === pin.line ? '2px solid var(--red-ui-form-input-focus-color, #4e8ed3)' : 'none',
        });
      button.find('.factory-board-header-status').text(words);
    }
    if (this.#warned === undefined) this.#note.text(this.#forWhom(row));
  }

  #forWhom(row: JQuery | undefined): string {
    return row ? this.#text('for', { relay: idOf(row) }) : this.#text('noRow');
  }

  #statusOf(line: number): { look: Look; words: string; holder?: string } {
    const owner = rowOf(line);
    if (owner) return { look: 'own', words: this.#text('own', { relay: idOf(owner) }) };
    const found = this.#chip()?.lines[line];
    if (!found) return { look: 'unknown', words: this.#text('unknown') };
    if (!found.used) return { look: 'free', words: this.#text('free') };
    if (found.consumer !== '' && this.#consumer.startsWith(found.consumer))
      return { look: 'free', words: this.#text('ours') };
    const holder = found.consumer || this.#text('kernel');
    return { look: 'held', words: this.#text('held', { holder }), holder };
  }

  #press(line: number): void {
    const row = this.#target();
    if (!row) return this.#say(this.#text('noRow'));
    const owner = rowOf(line);
    if (owner && !owner.is(row)) return this.#say(this.#text('taken', { line, relay: idOf(owner) }));
    const { holder } = this.#statusOf(line);
    if (holder !== undefined && this.#warned !== line) {
      this.#warned = line;
      return this.#say(this.#text('sure', { line, holder }));
    }
    this.#warned = undefined;
    row.find('.factory-board-line').val(line).trigger('change');
    this.draw();
    this.#say(this.#text('set', { line, relay: idOf(row) }));
  }

  #say(words: string): void {
    this.#note.text(words);
  }

  /** Arrows go from line to line, past what is none; the whole header is one stop for Tab. */
  #move(event: JQuery.KeyDownEvent): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: -2,
      ArrowDown: 2,
      ArrowLeft: -1,
      ArrowRight: 1,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = HEADER_PINS.findIndex(
      (pin) => 'line' in pin && pin.line === Number($(event.currentTarget as HTMLElement).data('line')),
    );
    for (let next = at + step; next >= 0 && next < HEADER_PINS.length; next += step) {
      const pin = HEADER_PINS.at(next);
      if (!pin || !('line' in pin)) continue;
      this.#table.find('button').attr('tabindex', -1);
      this.#button(pin.line).attr('tabindex', 0).trigger('focus');
      return;
    }
  }

  #build(): void {
    let row = $();
    for (const pin of HEADER_PINS) {
      const isLeft = pin.pin % 2 === 1;
      if (isLeft) row = $('<tr>').appendTo(this.#table);
      this.#cell(pin, isLeft ? 'left' : 'right').appendTo(row);
    }
    this.#table.find('button').first().attr('tabindex', 0);
  }

  #cell(pin: HeaderPin, side: 'left' | 'right'): JQuery {
    const number = $('<b>').css({ minWidth: '1.6em', textAlign: 'center' }).text(pin.pin);
    const what = 'line' in pin ? lineButton(pin) : powerPin(pin.power);
    return $('<td>')
      .css({ padding: 0 })
      .append(
        $('<div>')
          .css({
            display: 'flex',
            alignItems: 'center',
            flexDirection: side === 'left' ? 'row' : 'row-reverse',
          })
          .append(what, number),
      );
  }

  #button(line: number): JQuery {
    return this.#table.find(`button[data-line="${line}"]`);
  }

  #chip(): Chip | undefined {
    const wanted = chosenChip();
    return this.#chips.find(({ path, label }) => [path, label, path.replace(/^.*\D/, '')].includes(wanted));
  }

  /** The row that was focused last; before that the first that has no line yet, else the last. */
  #target(): JQuery | undefined {
    if (this.#row && this.#row.closest('body').length > 0) return this.#row;
    const rows = allRows();
    return rows.find((row) => lineOf(row) === undefined) ?? rows.at(-1);
  }
}

function lineButton({ line }: HeaderLine): JQuery {
  return $('<button type="button">')
    .attr({ 'data-line': line, tabindex: -1 })
    .css({
      flex: '1 1 0',
      minWidth: 0,
      padding: '1px 5px',
      textAlign: 'start',
      overflow: 'hidden',
      whiteSpace: 'nowrap',
      textOverflow: 'ellipsis',
      color: 'inherit',
      border: '1px solid var(--red-ui-form-input-border-color, #ccc)',
      borderRadius: '3px',
    })
    .append(
      $('<span>').text(`GPIO${line} `),
      $('<bdi>').addClass('factory-board-header-status').css('fontSize', '0.85em'),
    );
}

const POWER = { '3.3 V': '#c77700', '5 V': '#b71c1c', GND: '#616161' } as const;

function powerPin(power: keyof typeof POWER): JQuery {
  return $('<span>')
    .css({
      flex: '1 1 0',
      padding: '1px 5px',
      borderRadius: '3px',
      border: '1px solid transparent',
      borderInlineStart: `4px solid ${POWER[power]}`,
      opacity: 0.85,
    })
    .text(power);
}

function chosenChip(): string {
  return String($('#node-config-input-chip').val() ?? '').trim();
}

function allRows(): JQuery[] {
  return $(`${LIST} > li`)
    .toArray()
    .map((each) => $(each));
}

function rowOf(line: number): JQuery | undefined {
  return allRows().find((row) => lineOf(row) === line);
}

function lineOf(row: JQuery): number | undefined {
  const value = String(row.find('.factory-board-line').val() ?? '').trim();
  return value === '' ? undefined : Number(value);
}

function idOf(row: JQuery): string {
  return String(row.find('.factory-board-id').val() ?? '').trim() || '?';
}
