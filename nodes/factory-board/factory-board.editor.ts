import { parseChannels } from '../../lib/relays/channels.ts';
import { MAX_CHANNELS, MAX_LINE } from '../../lib/relays/limits.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';

/** One row of the list as the flow file has it; what is typed is checked when the dialog closes. */
interface Row {
  id?: string;
  name?: string;
  line?: number | null;
  activeLow?: boolean;
  start?: string;
}

RED.nodes.registerType('factory-board', {
  category: 'config',
  defaults: {
    name: { value: '', required: true },
    plant: configChoice('factory-plant'),
    driver: { value: 'simulated', required: true },
    channels: {
      value: [] as Row[],
      validate: parsedBy(parseChannels, 'factory-board.invalid.channels'),
    },
  },
  label() {
    return this.name || this._('factory-board.label');
  },
  oneditprepare() {
    const text = (key: string): string => this._(`factory-board.${key}`);
    $('#factory-board-channels')
      .css('min-width', '480px')
      .editableList<Row>({
        height: 'auto',
        sortable: true,
        removable: true,
        addItem: (container, index, row) => addRow(container, row, index, text),
      });
    for (const row of this.channels) $('#factory-board-channels').editableList('addItem', row);
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

/** A row for one channel; a new one gets the next free number. */
function addRow(container: JQuery, row: Row, index: number, text: (key: string) => string): void {
  if (index >= MAX_CHANNELS) RED.notify(text('invalid.many'), 'warning');
  const field = (
    name: string,
    width: string,
    value: string | number | null | undefined,
    attributes: object,
  ): JQuery =>
    $('<input type="text">')
      .addClass(`factory-board-${name}`)
      .css({ width, marginInlineEnd: '5px' })
      .attr({ placeholder: text(`channel.${name}`), title: text(`channel.${name}`), ...attributes })
      .val(value ?? '');
  const start = $('<select>')
    .addClass('factory-board-start')
    .css('width', '90px')
    .attr('title', text('channel.start'));
  for (const value of ['off', 'on', 'hold'])
    $('<option>')
      .val(value)
      .text(text(`start.${value}`))
      .appendTo(start);
  start.val(row.start ?? 'off');
  const low = $('<label>').css({ display: 'inline-block', width: 'auto', margin: '0 5px' });
  $('<input type="checkbox">')
    .addClass('factory-board-activeLow')
    .css({ width: 'auto', margin: '0 3px', verticalAlign: 'baseline' })
    .prop('checked', row.activeLow === true)
    .appendTo(low);
  low.append(document.createTextNode(text('channel.activeLow')));
  $('<div>')
    .css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', rowGap: '4px' })
    .append(
      field('id', '90px', row.id ?? `relay${index + 1}`, { dir: 'ltr' }),
      field('name', '130px', row.name, {}),
      field('line', '60px', row.line, { dir: 'ltr', type: 'number', min: 0, max: MAX_LINE }),
      low,
      start,
    )
    .appendTo(container);
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
  };
}
