/** An entry of the plant's record in the words of the page's language. */
import type { AuditEntry, AuditStep } from '../types.ts';
import { isolate } from './format.ts';
import { language, nameOf, plant, t } from './page.ts';
import { WORDS, type Word } from './words.ts';

/** How a command ends that nobody need look into. */
const FINE: ReadonlySet<string | undefined> = new Set([undefined, 'done', 'begun', 'unchanged', 'duplicate']);
const ALARMING: ReadonlySet<string> = new Set(['refused', 'safe-mode', 'audit-broken']);

/** Whether it stands out: something was refused, or is wrong. */
export function isBad({ kind, code, reason }: AuditEntry): boolean {
  return ALARMING.has(kind) || !FINE.has(code) || (reason !== undefined && reason !== '');
}

/** The time, with the day where that is not today. */
export function whenOf({ at }: AuditEntry): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const locale = language() === 'fa' ? 'fa-IR' : 'en-GB';
  const isToday = date.toDateString() === new Date(plant().serverNow()).toDateString();
  const time = date.toLocaleTimeString(locale);
  return isToday ? time : `${date.toLocaleDateString(locale, { day: 'numeric', month: 'short' })} ${time}`;
}

/** Who did it; of what was refused before it was known whose it is, who began it. */
export function whoOf({ by, cause }: AuditEntry): string {
  const who = by ?? (Array.isArray(cause) ? (cause as readonly AuditStep[])[0]?.by : undefined);
  return who === undefined ? '—' : nameOf(who);
}

export function whatOf(entry: AuditEntry): string {
  const { kind, relay, device, name, action, what, result } = entry;
  const parts = {
    relay: relay === undefined ? '' : isolate(plant().relays.get(relay)?.name ?? relay),
    device: device === undefined ? '' : isolate(plant().devices.get(device)?.name ?? device),
    after: isolate(String(entry.after ?? '')),
    name: name === undefined ? '' : isolate(name),
    what: what === undefined ? '' : word('what', what),
    dropped: String(entry.dropped ?? ''),
    result: result === undefined ? '' : word('result', result),
  };
  if (kind === 'command')
    return t(known(`action.${action ?? 'none'}`) ?? 'action.other', { ...parts, action: action ?? '' });
  const key = known(`kind.${kind}`);
  return key ? t(key, parts) : `${isolate(kind)} ${parts.what}`;
}

export function resultOf({ kind, code, result }: AuditEntry): string {
  if (code !== undefined) return word('code', code);
  return result === undefined || kind === 'config' ? '' : word('result', result);
}

/** From which address, and by which way. */
export function whereFrom({ from, via }: AuditEntry): string {
  const way = via === undefined ? '' : word('via', via);
  const address =
    from === undefined || from === '' || from === via ? '' : t('audit.from', { from: isolate(from) });
  return [address, way].filter((part) => part !== '').join(' · ');
}

/** What led to it, from the outermost step on. */
export function causeOf({ cause }: AuditEntry): string {
  if (!Array.isArray(cause) || cause.length === 0) return '';
  const arrow = language() === 'fa' ? ' ← ' : ' → ';
  return t('audit.cause', { steps: (cause as readonly AuditStep[]).map(stepOf).join(arrow) });
}

function stepOf({ kind, id, name, flow, by }: AuditStep): string {
  const called = name ?? (kind === 'client' ? by && nameOf(by) : id) ?? id ?? '';
  const key = known(`step.${kind}`);
  const step = key ? t(key, { name: isolate(called) }) : isolate(called);
  return flow === undefined ? step : `${step} (${isolate(flow)})`;
}

/** The word for a value, or the value itself where a later server says something new. */
function word(group: string, value: string): string {
  const key = known(`${group}.${value}`) ?? known(`code.${value}`);
  return key ? t(key) : isolate(value);
}

function known(key: string): Word | undefined {
  return key in WORDS.en ? (key as Word) : undefined;
}
