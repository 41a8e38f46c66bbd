/** The conditions that trip a relay or permit it, in the board's dialog: one in a row, each judged as it is typed. */
import { parseConditions, SOURCES, TESTS, type ConditionKind } from '../../lib/relays/condition.ts';

/** As the flow file has it; what is typed is checked as it is. */
export interface ConditionRow {
  source?: string;
  id?: string;
  op?: string;
  value?: unknown;
  reason?: string;
  lost?: string;
}

/** Kinds of values to compare with: a truth, or the input beside it. */
const KINDS = ['true', 'false', 'number', 'text'] as const;
const KIND_OF_INPUT: ReadonlySet<string> = new Set(['true', 'false']);

type Text = (key: string) => string;

/** The list of one kind, with a button for one more. */
export function conditionFields(
  list: ConditionKind,
  conditions: readonly ConditionRow[],
  text: Text,
): JQuery {
  const rows = $('<div>');
  const add = $('<button type="button" class="red-ui-button red-ui-button-small">')
    .addClass(`factory-board-${list}-add`)
    .append($('<i class="fa fa-plus">'), ' ', $('<span>').text(text(`condition.${list}.add`)))
    .on('click', () => rows.append(conditionRow(list, {}, text)));
  for (const condition of conditions) rows.append(conditionRow(list, condition, text));
  return $('<div>').addClass(`factory-board-${list}`).css({ padding: '2px 0 6px' }).append(rows, add);
}

/** Undefined where there is none. */
export function readConditions(item: JQuery, list: ConditionKind): ConditionRow[] | undefined {
  const rows = item
    .find(`.factory-board-${list} .factory-board-condition`)
    .toArray()
    .map((row) => readCondition($(row)));
  return rows.length === 0 ? undefined : rows;
}

function conditionRow(list: ConditionKind, condition: ConditionRow, text: Text): JQuery {
  const row = $('<div>')
    .addClass('factory-board-condition')
    .css({ display: 'flex', flexWrap: 'wrap', gap: '4px', alignItems: 'center', marginBottom: '4px' });
  const select = (name: string, words: readonly string[], key: string, value: string): JQuery => {
    const field = $('<select>')
      .addClass(`condition-${name}`)
      .css({ width: 'auto' })
      .attr('aria-label', text(`condition.${name}`));
    for (const word of words)
      $('<option>')
        .val(word)
        .text(text(`condition.${key}.${word}`))
        .appendTo(field);
    return field.val(value);
  };
  const input = (name: string, width: string, value: string): JQuery =>
    $('<input type="text">')
      .addClass(`condition-${name}`)
      .css({ width })
      .attr({ 'aria-label': text(`condition.${name}`), placeholder: text(`condition.${name}`) })
      .val(value);
  const { source = 'device', id = '', op = 'is', value = true, reason = '', lost = 'trip' } = condition;
  const tests = list === 'permits' ? TESTS.filter((test) => test !== 'bad') : TESTS;
  row.append(
    $('<span>').text(text(`condition.${list}.if`)),
    select('source', SOURCES, 'from', source),
    input('id', '130px', id).attr('dir', 'ltr'),
    select('op', tests, 'op-is', op),
    select('kind', KINDS, 'kind-is', kindOf(value)),
    input('value', '70px', typeof value === 'boolean' ? '' : shown(value)).attr('dir', 'ltr'),
    input('reason', '140px', reason),
    $('<label>')
      .css({ width: 'auto', margin: 0 })
      .append(
        $('<input type="checkbox">')
          .addClass('condition-lost')
          .css({ width: 'auto', margin: '0 4px' })
          .prop('checked', lost !== 'ignore'),
        $('<span>').text(text('condition.lost')),
      ),
    $('<button type="button" class="red-ui-button red-ui-button-small">')
      .addClass('condition-remove')
      .attr('aria-label', text('condition.remove'))
      .append($('<i class="fa fa-remove">'))
      .on('click', () => void row.remove()),
  );
  row.on('input change', () => judge(row, list, text));
  judge(row, list, text);
  return row;
}

/** Shows what can be said with the fields as they are, and whether it is a condition. */
function judge(row: JQuery, list: ConditionKind, text: Text): void {
  const of = (name: string): JQuery => row.find(`.condition-${name}`);
  const [source = '', op = '', kind = ''] = ['source', 'op', 'kind'].map((name) => String(of(name).val()));
  const isOrdered = op === 'above' || op === 'below';
  if (isOrdered) of('kind').val('number');
  else if (source === 'input' && !KIND_OF_INPUT.has(kind)) of('kind').val('true');
  of('kind').toggle(op !== 'bad' && !isOrdered);
  of('value').toggle(op !== 'bad' && !KIND_OF_INPUT.has(String(of('kind').val())));
  const problem = problemOf(readCondition(row), list);
  // A row that was just added is not wrong yet.
  const isWrong = problem !== undefined && of('id').val() !== '';
  of('id').toggleClass('input-error', isWrong);
  row.attr('title', isWrong ? `${text('condition.invalid')} (${problem})` : '');
}

function problemOf(condition: ConditionRow, list: ConditionKind): string | undefined {
  try {
    parseConditions([condition], list, 'relay');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function readCondition(row: JQuery): ConditionRow {
  const read = (name: string): string => String(row.find(`.condition-${name}`).val() ?? '').trim();
  const op = read('op');
  const reason = read('reason');
  const isIgnored = row.find('.condition-lost').prop('checked') !== true;
  return {
    source: read('source'),
    id: read('id'),
    op,
    ...(op !== 'bad' && { value: valueOf(read('kind'), read('value')) }),
    ...(reason !== '' && { reason }),
    ...(isIgnored && { lost: 'ignore' }),
  };
}

/** Returns the value to compare with: NaN where a number is due and the input is none, for the check to say so. */
function valueOf(kind: string, typed: string): boolean | number | string {
  if (kind === 'true' || kind === 'false') return kind === 'true';
  const isNumber = kind === 'number' && typed !== '' && Number.isFinite(Number(typed));
  return isNumber ? Number(typed) : kind === 'number' ? Number.NaN : typed;
}

function kindOf(value: unknown): (typeof KINDS)[number] {
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return typeof value === 'string' ? 'text' : 'number';
}

function shown(value: unknown): string {
  return typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value))
    ? String(value)
    : '';
}
