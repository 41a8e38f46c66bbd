/** The rules of one relay in the board's dialog: folded away where there are none, and in seconds, as people think. */

/** As the flow file has them, in milliseconds; what is left out does not limit. */
export interface RulesRow {
  minOn?: number;
  minOff?: number;
  maxOn?: number;
  rate?: { count?: number; within?: number };
  interlock?: string;
  changeOver?: number;
}

/** In the order of the dialog; `ms` are shown in seconds. */
const FIELDS = [
  { name: 'minOn', kind: 'ms' },
  { name: 'minOff', kind: 'ms' },
  { name: 'maxOn', kind: 'ms' },
  { name: 'rateCount', kind: 'count' },
  { name: 'rateWithin', kind: 'ms' },
  { name: 'interlock', kind: 'text' },
  { name: 'changeOver', kind: 'ms' },
] as const;

type Field = (typeof FIELDS)[number]['name'];

export function rulesFields(
  rules: RulesRow | undefined,
  given: string | undefined,
  text: (key: string) => string,
): JQuery {
  const values = flat(rules);
  const grid = $('<div>').css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(120px, 1fr))',
    gap: '4px 8px',
    padding: '4px 0 6px',
  });
  for (const { name, kind } of FIELDS) {
    const input = $('<input>')
      .addClass(`factory-board-${name}`)
      .attr(
        kind === 'text' ? { type: 'text', dir: 'ltr' } : { type: 'number', min: 0, step: 'any', dir: 'ltr' },
      )
      .css('width', '100%')
      .val(shown(values[name], kind));
    $('<label>')
      .css({ width: 'auto', margin: 0, fontSize: '0.85em' })
      .append($('<span>').text(text(`rule.${name}`)), input)
      .appendTo(grid);
  }
  const end = $('<select>').addClass('factory-board-end').css('width', '100%');
  for (const value of ['hold', 'off', 'on'])
    $('<option>')
      .val(value)
      .text(text(`end.${value}`))
      .appendTo(end);
  end.val(given ?? 'hold');
  $('<label>')
    .css({ width: 'auto', margin: 0, fontSize: '0.85em' })
    .append($('<span>').text(text('rule.end')), end)
    .appendTo(grid);
  const details = $('<details>')
    .addClass('factory-board-rules')
    .append($('<summary>').text(text('rules')), grid);
  if ((rules && Object.keys(rules).length > 0) || (given !== undefined && given !== 'hold'))
    details.attr('open', '');
  return details;
}

/** Undefined where nothing is limited. */
export function readRules(item: JQuery): RulesRow | undefined {
  const read = (name: Field): string => String(item.find(`.factory-board-${name}`).val() ?? '').trim();
  const rules: Record<string, unknown> = {};
  for (const { name, kind } of FIELDS) {
    const given = read(name);
    if (given === '') continue;
    // What is no number stays so, for the check to say it.
    rules[name] = kind === 'text' ? given : Number(given) * (kind === 'ms' ? 1000 : 1);
  }
  if (Object.keys(rules).length === 0) return undefined;
  const { rateCount: count, rateWithin: within, ...rest } = rules;
  const isRated = count !== undefined || within !== undefined;
  return { ...rest, ...(isRated && { rate: { count, within } }) } as RulesRow;
}

function flat({ rate, ...rest }: RulesRow = {}): Partial<Record<Field, string | number | undefined>> {
  return { ...rest, rateCount: rate?.count, rateWithin: rate?.within };
}

function shown(value: string | number | undefined, kind: 'ms' | 'count' | 'text'): string {
  if (value === undefined) return '';
  return String(kind === 'ms' && typeof value === 'number' ? value / 1000 : value);
}
