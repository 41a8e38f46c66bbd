/** The rules of one relay in the board's dialog: folded away where there are none, and in seconds, as people think. */

import { conditionFields, readConditions, type ConditionRow } from './conditions.editor.ts';

/** As the flow file has them, in milliseconds; what is left out does not limit. */
export interface RulesRow {
  minOn?: number;
  minOff?: number;
  maxOn?: number;
  rate?: { count?: number; within?: number };
  interlock?: string;
  changeOver?: number;
  watchdog?: number;
  handFor?: number;
  trips?: ConditionRow[];
  permits?: ConditionRow[];
}

/** What of a row is folded away with its rules. */
export interface FoldedRow {
  rules?: RulesRow;
  end?: string;
  fault?: string;
  /** Milliseconds. */
  beat?: number;
  /** The input that verifies it. */
  contact?: ContactRow;
  /** Which part of the plant it is in. */
  area?: string;
  /** True if others may move the relay. */
  others?: boolean;
}

/** `within` in milliseconds; left out: as long as the runtime gives it. */
export interface ContactRow {
  input?: string;
  within?: number;
  inverted?: boolean;
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
  { name: 'watchdog', kind: 'ms' },
  { name: 'handFor', kind: 'ms' },
] as const;

/** What a relay becomes at an end and where something is wrong, and what it becomes where nothing is said. */
const STATES = { end: 'hold', fault: 'off' } as const;

type Field = (typeof FIELDS)[number]['name'];

export function rulesFields(row: FoldedRow, text: (key: string) => string): JQuery {
  const { rules, beat, contact, area, others } = row;
  const values = flat(rules);
  const grid = $('<div>').css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(120px, 1fr))',
    gap: '4px 8px',
    padding: '4px 0 6px',
  });
  const add = (label: string, field: JQuery): void => {
    $('<label>')
      .css({ width: 'auto', margin: 0, fontSize: '0.85em' })
      .append($('<span>').text(text(`rule.${label}`)), field.css('width', '100%'))
      .appendTo(grid);
  };
  add(
    'area',
    $('<input type="text">')
      .addClass('factory-board-area')
      .val(area ?? ''),
  );
  for (const { name, kind } of FIELDS) {
    const attributes =
      kind === 'text' ? { type: 'text', dir: 'ltr' } : { type: 'number', min: 0, step: 'any', dir: 'ltr' };
    add(name, $('<input>').addClass(`factory-board-${name}`).attr(attributes).val(shown(values[name], kind)));
  }
  for (const [name, otherwise] of Object.entries(STATES)) {
    const select = $('<select>').addClass(`factory-board-${name}`);
    for (const value of ['hold', 'off', 'on']) {
      $('<option>')
        .val(value)
        .text(text(`end.${value}`))
        .appendTo(select);
    }
    add(name, select.val(row[name as keyof typeof STATES] ?? otherwise));
  }
  add(
    'beat',
    $('<input>')
      .addClass('factory-board-beat')
      .attr({ type: 'number', min: 0, step: 'any', dir: 'ltr' })
      .val(shown(beat, 'ms')),
  );
  add(
    'contact',
    $('<input type="text" dir="ltr">')
      .addClass('factory-board-contact')
      .val(contact?.input ?? ''),
  );
  add(
    'contactWithin',
    $('<input>')
      .addClass('factory-board-contactWithin')
      .attr({ type: 'number', min: 0, step: 'any', dir: 'ltr' })
      .val(shown(contact?.within, 'ms')),
  );
  const kinds = $('<select>').addClass('factory-board-contactKind');
  for (const value of ['closes', 'opens']) {
    $('<option>')
      .val(value)
      .text(text(`contact.${value}`))
      .appendTo(kinds);
  }
  add('contactKind', kinds.val(contact?.inverted === true ? 'opens' : 'closes'));
  add(
    'others',
    $('<select>')
      .addClass('factory-board-others')
      .append(
        $('<option>').val('no').text(text('others.no')),
        $('<option>').val('yes').text(text('others.yes')),
      )
      .val(others === true ? 'yes' : 'no'),
  );
  const details = $('<details>')
    .addClass('factory-board-rules')
    .append(
      $('<summary>').text(text('rules')),
      grid,
      conditionFields('trips', rules?.trips ?? [], text),
      conditionFields('permits', rules?.permits ?? [], text),
    );
  if (Object.values(foldedOf(row)).some((value) => value !== undefined)) details.attr('open', '');
  return details;
}

/** What is as it is without being said is not said. */
function foldedOf({ rules, end, fault, beat, contact, area, others }: FoldedRow): FoldedRow {
  return {
    ...(rules && Object.keys(rules).length > 0 && { rules }),
    ...(end !== undefined && end !== STATES.end && { end }),
    ...(fault !== undefined && fault !== STATES.fault && { fault }),
    ...(beat !== undefined && { beat }),
    ...(contact && { contact }),
    ...(area && { area }),
    ...(others && { others }),
  };
}

export function readFolded(item: JQuery): FoldedRow {
  const read = (name: string): string => String(item.find(`.factory-board-${name}`).val() ?? '').trim();
  const rules = readRules(item);
  const beat = read('beat');
  const contact = readContact(read);
  return foldedOf({
    ...(rules && { rules }),
    end: read('end'),
    fault: read('fault'),
    ...(beat !== '' && { beat: Number(beat) * 1000 }),
    ...(contact && { contact }),
    area: read('area'),
    others: read('others') === 'yes',
  });
}

/** Undefined where there is none. */
function readContact(read: (name: string) => string): ContactRow | undefined {
  const input = read('contact');
  const within = read('contactWithin');
  // A time without an input stays, for the check to say so.
  if (input === '' && within === '') return undefined;
  return {
    input,
    ...(within !== '' && { within: Math.round(Number(within) * 1000) }),
    ...(read('contactKind') === 'opens' && { inverted: true }),
  };
}

/** Undefined where nothing is limited. */
function readRules(item: JQuery): RulesRow | undefined {
  const read = (name: Field): string => String(item.find(`.factory-board-${name}`).val() ?? '').trim();
  const rules: Record<string, unknown> = {};
  for (const { name, kind } of FIELDS) {
    const given = read(name);
    if (given === '') continue;
    // What is no number stays so, for the check to say it.
    rules[name] = kind === 'text' ? given : Number(given) * (kind === 'ms' ? 1000 : 1);
  }
  for (const list of ['trips', 'permits'] as const) {
    const conditions = readConditions(item, list);
    if (conditions) rules[list] = conditions;
  }
  if (Object.keys(rules).length === 0) return undefined;
  const { rateCount: count, rateWithin: within, ...rest } = rules;
  const isRated = count !== undefined || within !== undefined;
  return { ...rest, ...(isRated && { rate: { count, within } }) } as RulesRow;
}

function flat({ rate, trips: _trips, permits: _permits, ...rest }: RulesRow = {}): Partial<
  Record<Field, string | number | undefined>
> {
  return { ...rest, rateCount: rate?.count, rateWithin: rate?.within };
}

function shown(value: string | number | undefined, kind: 'ms' | 'count' | 'text'): string {
  if (value === undefined) return '';
  return String(kind === 'ms' && typeof value === 'number' ? value / 1000 : value);
}
