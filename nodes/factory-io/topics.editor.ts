import type { TopicRow } from './settings.ts';

type Column = keyof TopicRow;
const COLUMNS: readonly Column[] = ['relay', 'write', 'read'];
const WIDTHS: Record<Column, string> = { relay: '26%', write: '37%', read: '37%' };
const EXAMPLES: Record<Column, string> = { relay: 'pump', write: 'cmnd/x/POWER', read: 'stat/x/POWER' };

type Text = (key: string) => string;

function columns(cellOf: (column: Column) => JQuery): JQuery {
  const row = $('<div>').css({ display: 'flex', alignItems: 'center' });
  for (const column of COLUMNS) {
    const cell = $('<div>').css({ width: WIDTHS[column], boxSizing: 'border-box', paddingInlineEnd: '6px' });
    row.append(cell.append(cellOf(column)));
  }
  return row;
}

function addRow(container: JQuery, row: Partial<TopicRow>, text: Text): void {
  columns((column) =>
    $('<input type="text">')
      .addClass(`factory-io-topic-${column}`)
      .css('width', '100%')
      .attr({ 'aria-label': text(`topics.${column}`), dir: 'ltr', placeholder: EXAMPLES[column] })
      .val(row[column] ?? ''),
  ).appendTo(container);
}

/** Shows the table of relays that have topics of their own. */
export function showTopics(list: JQuery, rows: readonly TopicRow[], text: Text): void {
  list.editableList<Partial<TopicRow>>({
    height: 'auto',
    sortable: true,
    removable: true,
    // As wide as the rows are between their handle and their button.
    header: columns((column) => $('<span>').text(text(`topics.${column}`))).css({
      margin: '0 28px',
      fontSize: '0.85em',
    }),
    addItem: (container, _index, row) => addRow(container, row, text),
  });
  for (const row of rows) list.editableList('addItem', row);
}

/** The rows of the table; those without a relay are left out. */
export function readTopics(list: JQuery): TopicRow[] {
  return list
    .editableList('items')
    .toArray()
    .map((item) => {
      const value = (column: Column): string =>
        String($(item).find(`.factory-io-topic-${column}`).val() ?? '').trim();
      return { relay: value('relay'), write: value('write'), read: value('read') };
    })
    .filter(({ relay, write, read }) => relay + write + read !== '');
}
