/** Tries the channels of a deployed board from its dialog. */
import type { TrialResult } from '../../lib/relays/relay.ts';
import type { RunningChannel, RunningSettings } from './try-answers.ts';

type Text = (key: string, values?: Readonly<Record<string, unknown>>) => string;
type Trial = 'pulse' | 'on' | 'off';

const LIST = '#factory-board-channels';
const BUTTON = 'factory-board-try';

/** The button of one row, and the place where its question and its answer stand. */
export function tryRow(text: Text): JQuery {
  return $('<div>')
    .addClass('factory-board-trial')
    .css({ display: 'flex', flexWrap: 'wrap', gap: '6px', alignItems: 'center', padding: '2px 0 4px' })
    .append(
      $('<button type="button">')
        .addClass(`red-ui-button red-ui-button-small ${BUTTON}`)
        .text(text('try.button')),
      $('<span>').addClass('factory-board-try-state').css('fontSize', '0.85em'),
      $('<div>')
        .addClass('factory-board-try-answer')
        .attr({ role: 'status' })
        .css({ flexBasis: '100%', fontSize: '0.85em' }),
    );
}

/** Lets those rows be tried that are what runs. To be called once the rows are there. */
export function offerTrials(board: string, text: Text): void {
  const trials = new Trials(board, text);
  $(LIST)
    .on('input change', () => trials.judge())
    .on('click', `.${BUTTON}`, (event) => trials.ask($(event.currentTarget as HTMLElement).closest('li')));
  $('#node-config-input-driver, #node-config-input-chip').on('input change', () => trials.judge());
  trials.learn();
}

class Trials {
  readonly #board: string;
  readonly #text: Text;
  #running: RunningSettings | undefined;

  constructor(board: string, text: Text) {
    this.#board = board;
    this.#text = (key, values) => text(`try.${key}`, values);
  }

  /** Asks what runs. Who may not know it can try nothing. */
  learn(): void {
    this.judge();
    void $.getJSON('factory-iot/running', { board: this.#board }).done((running: RunningSettings) => {
      this.#running = running;
      this.judge();
    });
  }

  /** Tells of each row whether it can be tried, and why not. */
  judge(): void {
    $(`${LIST} > li`).each((_, each) => {
      const row = $(each);
      const found = this.#channelOf(row);
      const objection = typeof found === 'string' ? found : undefined;
      row
        .find(`.${BUTTON}`)
        .attr('aria-disabled', String(objection !== undefined))
        .toggleClass('disabled', objection !== undefined)
        .attr('title', objection ?? this.#text('title'));
      const state = typeof found === 'string' ? '' : this.#stateOf(found);
      row.find('.factory-board-try-state').text(state);
    });
  }

  /** Asks once more before anything moves. */
  ask(row: JQuery): void {
    const found = this.#channelOf(row);
    const place = row.find('.factory-board-try-answer').empty();
    if (typeof found === 'string') {
      // A button that can be reached by keyboard says why it does nothing.
      place.text(found);
      return;
    }
    const button = (name: string, run: () => void): JQuery =>
      $('<button type="button">')
        .addClass('red-ui-button red-ui-button-small')
        .attr('data-trial', name)
        .css('marginInlineEnd', '6px')
        .text(this.#text(name))
        .on('click', run);
    const back = (): void => void row.find(`.${BUTTON}`).trigger('focus');
    const choices = (found.state === true ? ['off'] : ['pulse', 'on']) as readonly Trial[];
    $('<div role="group">')
      .attr('aria-label', this.#text('button'))
      .on('keydown', (event) => {
        // Else the whole dialog would close.
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        place.empty();
        back();
      })
      .append(
        $('<p>')
          .css('margin', '4px 0')
          .text(this.#text('sure', { relay: found.id, line: found.line })),
        ...choices.map((name) => button(name, () => this.#run(row, found, name, back))),
        button('cancel', () => {
          place.empty();
          back();
        }),
      )
      .appendTo(place);
    // Whoever presses Enter twice by mistake moves nothing.
    place.find('[data-trial="cancel"]').trigger('focus');
  }

  #run(row: JQuery, { id, line, activeLow }: RunningChannel, trial: Trial, back: () => void): void {
    const place = row.find('.factory-board-try-answer').empty().text(this.#text('waits'));
    back();
    void $.ajax({
      url: 'factory-iot/try',
      type: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ board: this.#board, relay: id, line, activeLow, trial }),
    })
      .done((answer: TrialResult) => {
        place.empty().append(...this.#words(answer));
        place.attr('data-code', answer.result.code);
      })
      .fail(({ status, responseJSON }: JQuery.jqXHR) => {
        const { error = String(status) } = (responseJSON ?? {}) as { error?: string };
        const mayNot = status === 401 || status === 403;
        place.text(mayNot ? this.#text('forbidden') : `${this.#text('failed')} `);
        if (!mayNot) $('<bdi dir="ltr">').text(error).appendTo(place);
      })
      .always(() => this.learn());
  }

  #words({ result, hand }: TrialResult): JQuery[] {
    const { code, ok, state, reason, simulated } = result;
    const icon = $('<i aria-hidden="true">').addClass(ok ? 'fa fa-check' : 'fa fa-exclamation-triangle');
    const sentences = [
      this.#text(`code.${code}`),
      this.#text(`read.${state === null ? 'unknown' : state ? 'on' : 'off'}`),
      ...(simulated ? [this.#text('simulated')] : []),
      ...(hand ? [this.#text('hand')] : []),
    ];
    const words = $('<span>').text(` ${sentences.join(' ')} `);
    return reason === undefined ? [icon, words] : [icon, words, $('<bdi dir="ltr">').text(`(${reason})`)];
  }

  /** The channel as it runs, or why the row cannot be tried. */
  #channelOf(row: JQuery): RunningChannel | string {
    const value = (name: string): string => String(row.find(`.factory-board-${name}`).val() ?? '').trim();
    if (!this.#running) return this.#text('unknown');
    const { driver, chip, channels } = this.#running;
    if (driver === null) return this.#text('notDeployed');
    const chosen = { driver: fieldOf('driver'), chip: fieldOf('chip') };
    // What is taken from the environment is not known here.
    const isSameChip = driver !== 'chardev' || chosen.chip === chip || chosen.chip.startsWith('$');
    if (chosen.driver !== driver || !isSameChip) return this.#text('changed');
    const found = channels.find(({ id }) => id === value('id'));
    if (!found) return this.#text('notDeployed');
    const activeLow = row.find('.factory-board-activeLow').prop('checked') === true;
    if (String(found.line) !== value('line') || found.activeLow !== activeLow) return this.#text('changed');
    return found.available ? found : `${this.#text('unavailable')} ${found.reason ?? ''}`.trim();
  }

  #stateOf({ state }: RunningChannel): string {
    return this.#text(`now.${state === null ? 'unknown' : state ? 'on' : 'off'}`);
  }
}

function fieldOf(name: string): string {
  return String($(`#node-config-input-${name}`).val() ?? '').trim();
}
