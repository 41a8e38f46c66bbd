import { parseAnswerWithin, parseStaleAfter } from '../../lib/gpio/message-settings.ts';
import { parseChannels, parseStagger } from '../../lib/relays/channels.ts';
import { MAX_CHANNELS, MAX_LINE } from '../../lib/relays/limits.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';
import { LINES_LIST, offerChips, REAL } from './chips.editor.ts';
import { readFolded, rulesFields, type FoldedRow } from './rules.editor.ts';
import { sayWhatCrashesDo } from './crash.editor.ts';
import { offerHeader } from './header.editor.ts';
import { showOutputs } from './preview.editor.ts';
import { offerTrials, tryRow } from './try.editor.ts';

/** One row of the list as the flow file has it; what is typed is checked when the dialog closes. */
interface Row extends FoldedRow {
  id?: string;
  name?: string;
  line?: number | null;
  activeLow?: boolean;
  start?: string;
}

RED.nodes.registerType('factory-board', {
  category: 'config',
  // Relay nodes reach it through the plant, so the editor must not call it unused. Its types do not know this.
  ...({ hasUsers: false } as object),
  defaults: {
    name: { value: '', required: true },
    plant: configChoice('factory-plant'),
    driver: { value: 'simulated', required: true },
    chip: {
      value: '',
      validate: function (this: { driver?: string }, value?: string): boolean {
        return !REAL.includes(this.driver ?? '') || Boolean(value?.trim());
      },
    },
    bias: { value: 'as-is' },
    stagger: {
      value: '',
      validate: parsedBy(parseStagger, 'factory-board.invalid.stagger'),
    },
    readBack: { value: 'message' },
    answerWithin: {
      value: 2000,
      validate: parsedBy(parseAnswerWithin, 'factory-board.invalid.answerWithin'),
    },
    staleAfter: { value: 0, validate: parsedBy(parseStaleAfter, 'factory-board.invalid.staleAfter') },
    channels: {
      value: [] as Row[],
      validate: parsedBy(parseChannels, 'factory-board.invalid.channels'),
    },
  },
  label() {
    return this.name || this._('factory-board.label');
  },
  oneditprepare() {
    const text = (key: string, values?: object): string => this._(`factory-board.${key}`, values as never);
    $('#factory-board-channels').editableList<Row>({
      height: 'auto',
      sortable: true,
      removable: true,
      header: headerRow(text),
      addItem: (container, index, row) => addRow(container, row, index, text),
    });
    for (const row of this.channels) $('#factory-board-channels').editableList('addItem', row);
    // After the rows, whose fields it reads.
    offerChips(text)();
    sayWhatCrashesDo(text);
    offerTrials(this.id, text);
    offerHeader(text);
  },
  oneditsave() {
    this.channels = $('#factory-board-channels')
      .editableList('items')
      .toArray()
      .map((item) => readRow($(item)));
  },
  oneditresize() {
    $('#factory-board-channels').editableList('height', 'auto');
  },
});

showOutputs();

/** The columns of the list and of its header, which must be of the same width. */
const WIDTHS = { id: '22%', name: '30%', line: '14%', activeLow: '14%', start: '20%' } as const;

type Column = keyof typeof WIDTHS;

function columns(cellOf: (column: Column) => JQuery): JQuery {
  const row = $('<div>').css({ display: 'flex', alignItems: 'center' });
  for (const [name, width] of Object.entries(WIDTHS)) {
    const cell = $('<div>').css({ width, boxSizing: 'border-box', paddingInlineEnd: '6px' });
    row.append(cell.append(cellOf(name as Column)));
  }
  return row;
}

function headerRow(text: (key: string) => string): JQuery {
  // As wide as the rows are between their handle and their button.
  return columns((column) => $('<span>').text(text(`channel.${column}`))).css({
    margin: '0 28px',
    fontSize: '0.85em',
  });
}

/** A row for one channel; a new one gets the next free number. */
function addRow(container: JQuery, row: Row, index: number, text: (key: string) => string): void {
  if (index >= MAX_CHANNELS) RED.notify(text('invalid.many'), 'warning');
  const field = (name: string, value: string | number | null | undefined, attributes: object): JQuery =>
    $('<input type="text">')
      .addClass(`factory-board-${name}`)
      .css('width', '100%')
      .attr({ 'aria-label': text(`channel.${name}`), ...attributes })
      .val(value ?? '');
  const start = $('<select>')
    .addClass('factory-board-start')
    .css('width', '100%')
    .attr('aria-label', text('channel.start'));
  for (const value of ['off', 'on', 'hold', 'restore']) {
    $('<option>')
      .val(value)
      .text(text(`start.${value}`))
      .appendTo(start);
  }
  start.val(row.start ?? 'off');
  const activeLow = $('<input type="checkbox">')
    .addClass('factory-board-activeLow')
    .css({ width: 'auto', margin: '0 8px' })
    .attr('aria-label', text('channel.activeLow'))
    .prop('checked', row.activeLow === true);
  const cells: Record<Column, JQuery> = {
    id: field('id', row.id ?? `relay${index + 1}`, { dir: 'ltr' }),
    name: field('name', row.name, {}),
    line: field('line', row.line, { dir: 'ltr', type: 'number', min: 0, max: MAX_LINE, list: LINES_LIST }),
    activeLow,
    start,
  };
  columns((column) => cells[column]).appendTo(container);
  rulesFields(row, text).appendTo(container);
  tryRow(text).appendTo(container);
}

function readRow(item: JQuery): Row {
  const text = (name: string): string => String(item.find(`.factory-board-${name}`).val() ?? '').trim();
  const line = text('line');
  return {
    id: text('id'),
    name: text('name'),
    // What is no number stays what it is, for the check to say so.
    line: line === '' ? null : Number(line),
    activeLow: item.find('.factory-board-activeLow').prop('checked') === true,
    start: text('start'),
    ...readFolded(item),
  };
}
