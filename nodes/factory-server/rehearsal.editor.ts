/** Shows how a rehearsal goes, and what came of it. */
import type { RehearsalReport, RehearsedClient } from '../../lib/live/rehearsed.ts';

export type Text = (key: string, values?: Readonly<Record<string, unknown>>) => string;

/** What a stranger's text is shown in: it neither turns the order of what is around it, nor is it taken for markup. */
export function strange(words: string): JQuery {
  return $('<bdi dir="ltr">').text(words).attr('title', words);
}

/** Who a client is, as a person finds it again: by name, and from where. */
export function whoParts(principal: string, address: string): JQuery {
  return $('<span>')
    .addClass('factory-server-person')
    .append(strange(principal).addClass('factory-server-name'), strange(address));
}

const COLUMNS = ['who', 'toHttp', 'back', 'resumed'] as const;
/** What was shown in each place, so that what does not change is left alone. */
const shown = new WeakMap<HTMLElement, string>();

export function showReport(place: JQuery, report: RehearsalReport | null, text: Text): void {
  const asText = JSON.stringify(report);
  const [element] = place;
  if (!element || shown.get(element) === asText) return;
  shown.set(element, asText);
  place.empty();
  if (report) place.append(heading(report, text), sentences(report, text), table(report, text));
}

function heading({ began, state }: RehearsalReport, text: Text): JQuery {
  const time = new Date(began).toLocaleTimeString(text('locale'));
  const icon = {
    running: 'fa-spinner fa-spin',
    returned: 'fa-check',
    timeout: 'fa-exclamation-triangle',
    closed: 'fa-stop',
  };
  return $('<div>')
    .addClass('factory-server-report-heading')
    .append(
      $('<i aria-hidden="true">').addClass(`fa ${icon[state]}`),
      $('<span>').text(` ${text(`report.${state}`, { time })}`),
    );
}

function sentences(report: RehearsalReport, text: Text): JQuery {
  const { cut, fellBack, unknown, returned, worst, within, hold, state } = report;
  const say = (key: string, values: Readonly<Record<string, number>>): string => {
    const written = Object.entries(values).map(([name, value]) => [name, number(value, text)]);
    return text(`report.${key}`, Object.fromEntries(written));
  };
  const parts = [
    say('cut', { count: cut, hold }),
    say('fellBack', { count: fellBack, of: cut - unknown }) + longest(worst.toHttp, text),
    say('cameBack', { count: returned, of: cut }) + longest(worst.back, text),
    ...(unknown > 0 ? [say('unknown', { count: unknown })] : []),
    ...(state === 'running' ? [say('within', { within })] : []),
  ];
  const list = $('<ul role="status">').addClass('factory-server-facts');
  for (const part of parts) $('<li>').text(part).appendTo(list);
  return list;
}

function longest(time: number | null, text: Text): string {
  return time === null ? '' : ` ${text('report.longest', { time: duration(time, text) })}`;
}

function table({ clients, cut, state }: RehearsalReport, text: Text): JQuery {
  const head = $('<tr>').append(...COLUMNS.map((name) => $('<th scope="col">').text(text(`report.${name}`))));
  const rows = clients.map((client) => rowOf(client, state === 'running', text));
  const all = $('<table>').append($('<thead>').append(head), $('<tbody>').append(...rows));
  const frame = $('<div>').addClass('factory-server-scroll').append(all);
  if (cut > clients.length)
    $('<p>')
      .text(text('report.some', { count: number(clients.length, text) }))
      .appendTo(frame);
  return frame;
}

function rowOf(client: RehearsedClient, runs: boolean, text: Text): JQuery {
  const { principal, address, toHttp, back, resumed, match, told } = client;
  const cell = (words: string, title = ''): JQuery => $('<td>').text(words).attr('title', title);
  const pending = runs && back === null;
  const never = text(pending ? 'report.pending' : 'report.never');
  const way = match === 'shared' ? text('report.shared') : toHttp === null ? never : duration(toHttp, text);
  const how = match === 'client' ? '' : text(`report.match.${match}`);
  const went =
    resumed === null ? cell('–') : cell(text(`report.as.${resumed}`), text(`report.why.${resumed}`));
  return $('<tr>')
    .toggleClass('factory-server-lost', !runs && back === null)
    .append(
      $('<td>').append(whoParts(principal, address)),
      cell(way, how).append(more(match === 'address' ? text('report.byAddress') : '')),
      cell(back === null ? never : duration(back, text)),
      went.append(more(missed(told, text))),
    );
}

function more(words: string): JQuery {
  return $('<div>').addClass('factory-server-more').text(words);
}

/** How many changes it was told while it was away and on its return; nothing where that is not counted. */
function missed({ http, back }: RehearsedClient['told'], text: Text): string {
  if (back === null) return '';
  return text('report.told', { http: number(http, text), back: number(back, text) });
}

function duration(ms: number, text: Text): string {
  if (ms < 1000) return text('ms', { ms: number(ms, text) });
  return text('report.seconds', { seconds: number(Math.round(ms / 100) / 10, text) });
}

function number(value: number, text: Text): string {
  return value.toLocaleString(text('locale'));
}
