/** Says in the board's dialog what a crash does to its outputs, on the machine that Node-RED runs on. */
import type { CrashFacts, Supervisor, Watchdog } from '../../lib/gpio/crash-facts.ts';

type Text = (key: string, values?: Readonly<Record<string, unknown>>) => string;

/** The drivers whose lines are this machine's. */
const HERE: ReadonlySet<string> = new Set(['chardev', 'sysfs']);
/** How long the typing of a chip's name is waited for, milliseconds. */
const COLLECT_MS = 300;

/** Fills the section, and does so anew when another driver or chip is chosen. */
export function sayWhatCrashesDo(text: Text): void {
  const driver = $('#node-config-input-driver');
  const chip = $('#node-config-input-chip');
  const section = $('#factory-board-crash');
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  const ask = (): void => {
    const chosen = String(driver.val());
    section.toggle(HERE.has(chosen));
    if (!HERE.has(chosen)) return;
    const mine = ++asked;
    void $.getJSON('factory-iot/crash', { driver: chosen, chip: String(chip.val() ?? '') })
      .done((facts: CrashFacts) => {
        if (mine === asked) show(section.find('.factory-board-crash-facts'), facts, text);
      })
      // Who may not know it, or a machine that has gone: nothing is said, rather than what was true before.
      .fail(() => section.hide());
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(ask, COLLECT_MS);
  };
  section.find('summary').text(text('crash.title'));
  driver.on('change', ask);
  chip.on('input change', later);
  ask();
}

function show(place: JQuery, facts: CrashFacts, text: Text): void {
  const say = (key: string, values?: Readonly<Record<string, unknown>>): string =>
    text(`crash.${key}`, values);
  place.empty();
  for (const [heading, sentences] of [
    [say('killed'), [...release(facts, say), supervision(facts.supervisor, say)]],
    [say('panics'), [...panic(facts, say), ...watchdogs(facts.watchdogs, say), say('reset')]],
    [say('power'), [say('powerOff')]],
  ] as const) {
    const list = $('<ul>').css({ margin: '2px 0 6px', paddingInlineStart: '18px' });
    for (const sentence of sentences) $('<li>').text(sentence).appendTo(list);
    place.append($('<div>').css('fontWeight', 'bold').text(heading), list);
  }
  place.append($('<div>').text(say('sure')));
}

type Say = Text;

function release({ release: kind, persists }: CrashFacts, say: Say): string[] {
  return [say(`release.${kind}`), ...(persists === true ? [say('strict')] : [])];
}

/** By systemd.service(5): of what is restarted after a signal that nobody sent on purpose. */
const RESTARTS: ReadonlySet<string> = new Set(['always', 'on-failure', 'on-abnormal', 'on-abort']);

function supervision(supervisor: Supervisor, say: Say): string {
  if (supervisor.kind !== 'systemd') return say(supervisor.kind);
  const { unit, restart } = supervisor;
  if (restart === null) return say('unitUnknown', { unit });
  return say(RESTARTS.has(restart) ? 'restarts' : 'staysDown', { unit, restart });
}

function panic({ panicSeconds: seconds, panicOnOops }: CrashFacts, say: Say): string[] {
  const after =
    seconds === null
      ? say('panicUnknown')
      : say(seconds > 0 ? 'panicLater' : seconds === 0 ? 'panicNever' : 'panicNow', { seconds });
  return [after, ...(panicOnOops === null ? [] : [say(panicOnOops ? 'oopsPanics' : 'oopsGoesOn')])];
}

function watchdogs(all: readonly Watchdog[], say: Say): string[] {
  if (all.length === 0) return [say('watchdogNone')];
  return all.map(({ name, identity, active, timeout: seconds }) => {
    const called = identity || name;
    if (active === true && seconds !== null) return say('watchdogRuns', { name: called, seconds });
    return say(active === null || active ? 'watchdogMaybe' : 'watchdogIdle', { name: called });
  });
}
