/** The sidebar that says which outputs the next deploy would move or let go of. */
import type { BoardPreview, Preview, RelayPreview } from '../../lib/relays/previewed.ts';

/** The tab's id: `RED.sidebar.show` takes it. */
export const OUTPUTS_TAB = 'factory-iot-outputs';
const BOARD = 'factory-board';
const PLANT = 'factory-plant';
/** How long changes are collected, and how often what is shown is read anew, milliseconds. */
const COLLECT_MS = 300;
const EACH_MS = 5000;
const MARK = 'factory-iot-moves';

/** What the editor has of a config node; its own types know little of it. */
interface ConfigNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly d?: boolean;
  readonly changed?: boolean;
  readonly plant?: string;
  readonly _def: { readonly defaults?: Readonly<Record<string, unknown>> };
  readonly [property: string]: unknown;
}

/** What the editor's types leave out or have wrong. */
interface Editor {
  readonly events: { on(event: string, listener: (what?: { type?: string }) => void): void };
  readonly nodes: {
    eachConfig(look: (node: ConfigNode) => boolean): void;
    workspace(id: string): { disabled?: boolean } | undefined;
    getType(type: string): { _(key: string, values?: Readonly<Record<string, unknown>>): string };
    node(id: string): ConfigNode | null;
    dirty(): boolean;
  };
  readonly menu: { isSelected(id: string): boolean | undefined };
  readonly sidebar: {
    addTab(tab: object): void;
    show(id: string): void;
    containsTab(id: string): boolean;
  };
  readonly editor: { editConfig(name: string, type: string, id: string): void };
  notify(message: string, options: object): void;
}

const editor = RED as unknown as Editor;
const text = (key: string, values?: Readonly<Record<string, unknown>>): string =>
  editor.nodes.getType(BOARD)._(`${BOARD}.outputs.${key}`, values);

/** Adds the tab, and keeps it up to date as long as there is a board to speak of. */
export function showOutputs(): void {
  // The script comes again where the package is enabled again.
  if (editor.sidebar.containsTab(OUTPUTS_TAB)) return;
  const pane = $('<div>').addClass('factory-iot-outputs').css({
    height: '100%',
    overflow: 'auto',
    padding: '10px',
    boxSizing: 'border-box',
  });
  pane.attr('dir', editor.nodes.getType(BOARD)._('common.dir'));
  const view = new OutputsView(pane);
  editor.sidebar.addTab({
    id: OUTPUTS_TAB,
    label: text('title'),
    name: text('title'),
    iconClass: 'fa fa-plug',
    content: pane,
    enableOnEdit: true,
    onchange: () => view.refresh(),
  });
  for (const event of ['nodes:add', 'nodes:remove', 'nodes:change']) {
    editor.events.on(event, (node) => {
      if (node?.type === BOARD || node?.type === PLANT) view.refresh();
    });
  }
  // Undone changes come without events of their nodes; a tab that is disabled takes its config nodes along.
  for (const event of ['flows:loaded', 'flows:change', 'workspace:dirty', 'deploy']) {
    editor.events.on(event, () => view.refresh());
  }
  // What the outputs are now changes without the editor.
  setInterval(() => {
    if (pane.is(':visible') && document.visibilityState === 'visible') view.refresh();
  }, EACH_MS);
  view.show({ moves: 0, problems: 0, boards: [] });
}

class OutputsView {
  readonly #pane: JQuery;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether this page has ever seen a board: without one nothing is asked. */
  #hasSeen = false;
  #asked = 0;
  #shown = '';
  #warned = false;

  constructor(pane: JQuery) {
    this.#pane = pane;
  }

  /** Asks anew, once the changes that come now are over. */
  refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), COLLECT_MS);
  }

  show(found: Preview): void {
    this.#mark(found);
    // What somebody has unfolded or focused stays so while nothing changes.
    const asText = JSON.stringify(found);
    if (asText === this.#shown) return;
    this.#shown = asText;
    const unfolded = this.#pane
      .find('details[open]')
      .toArray()
      .map((each) => String($(each).data('board')));
    this.#pane.empty().append(summaryOf(found));
    for (const board of found.boards) boardView(board, unfolded.includes(board.id)).appendTo(this.#pane);
  }

  #ask(): void {
    const staged = stagedConfig();
    this.#hasSeen ||= staged.boards.length > 0;
    if (!this.#hasSeen) return;
    const asked = ++this.#asked;
    void $.ajax({
      url: 'factory-iot/preview',
      type: 'POST',
      contentType: 'application/json',
      data: JSON.stringify(staged),
    })
      .done((found: Preview) => {
        if (asked === this.#asked) this.show(found);
      })
      .fail(({ status, responseJSON }: JQuery.jqXHR) => {
        if (asked !== this.#asked) return;
        this.#mark({ moves: 0 });
        this.#shown = '';
        const { error = String(status) } = (responseJSON ?? {}) as { error?: string };
        const why = status === 401 || status === 403 ? text('forbidden') : `${text('failed')} ${error}`;
        this.#pane.empty().append($('<div>').addClass('form-tips').attr('role', 'status').text(why));
      });
  }

  /** Says at the deploy button, and once in words, that something would move. */
  #mark({ moves }: Pick<Preview, 'moves'>): void {
    const button = $('#red-ui-header-button-deploy');
    button.find(`.${MARK}`).remove();
    const isMoving = moves > 0 && editor.nodes.dirty();
    if (!isMoving) {
      this.#warned = false;
      if (button.attr('data-moves')) button.removeAttr('title data-moves');
      return;
    }
    const sentence = text(moves === 1 ? 'movesOne' : 'moves', { count: moves });
    button.attr({ title: sentence, 'data-moves': moves });
    $('<span>')
      .addClass(MARK)
      .css({ marginInlineStart: '6px', fontWeight: 'bold' })
      .text(`⚠ ${moves}`)
      .appendTo(button.find('.red-ui-deploy-button-content'));
    if (this.#warned) return;
    this.#warned = true;
    const note = $('<span>')
      .attr('dir', this.#pane.attr('dir')!)
      .text(`${sentence} ${text('see')}`);
    editor.notify(note.prop('outerHTML') as string, { type: 'warning', timeout: 8000, id: OUTPUTS_TAB });
  }
}

/** The boards as a deploy would send them, without those that would not run. */
function stagedConfig(): { boards: object[]; plants: string[] } {
  const all: ConfigNode[] = [];
  editor.nodes.eachConfig((node) => {
    if ((node.type === BOARD || node.type === PLANT) && wouldRun(node)) all.push(node);
    return true;
  });
  // Where the button has no menu, it deploys all.
  const isFull = editor.menu.isSelected('deploymenu-item-full') !== false;
  const plants = all.filter(({ type }) => type === PLANT);
  const boards = all
    .filter(({ type }) => type === BOARD)
    .map((node) => {
      const { id, changed, plant, _def } = node;
      const settings = Object.keys(_def.defaults ?? {}).map((name) => [name, node[name]]);
      const isChanged =
        (changed ?? false) || plants.some((each) => each.id === plant && each.changed === true);
      return { ...Object.fromEntries(settings), id, restarts: isFull || isChanged };
    });
  return { boards, plants: plants.map(({ id }) => id) };
}

/** In a subflow there are as many of a node as of the subflow, so nothing is said of those. */
function wouldRun({ d, z }: ConfigNode): boolean {
  if (d === true) return false;
  if (!z) return true;
  const tab = editor.nodes.workspace(z);
  return tab !== undefined && tab.disabled !== true;
}

function summaryOf({ moves, problems, boards }: Preview): JQuery {
  const sentences = [
    moves === 0 ? text('nothing') : text(moves === 1 ? 'movesOne' : 'moves', { count: moves }),
    ...(problems > 0 ? [text(problems === 1 ? 'problemsOne' : 'problems', { count: problems })] : []),
    ...(boards.length === 0 ? [text('none')] : []),
  ];
  return $('<p>')
    .addClass('factory-iot-outputs-summary')
    .attr({ role: 'status', 'data-moves': moves })
    .css({ fontWeight: 'bold', margin: '0 0 8px' })
    .text(sentences.join(' '));
}

function boardView({ id, name, problem, relays }: BoardPreview, isUnfolded: boolean): JQuery {
  const section = $('<section>').css({ margin: '0 0 14px' }).attr('data-board', id);
  const heading = $('<h4>').css({ margin: '0 0 4px', fontSize: '1em' }).appendTo(section);
  if (editor.nodes.node(id)) {
    $('<a href="#">')
      .text(name)
      .attr('title', text('open'))
      .on('click', (event) => {
        event.preventDefault();
        editor.editor.editConfig('', BOARD, id);
      })
      .appendTo(heading);
  } else heading.text(`${name} — ${text('removed')}`);
  if (problem) {
    $('<div>')
      .addClass('form-tips factory-iot-outputs-problem')
      .css({ margin: '0 0 6px', width: 'auto', maxWidth: 'none' })
      .append($('<div>').text(text(`problem.${problem.fate}`)), $('<div dir="ltr">').text(problem.reason))
      .appendTo(section);
  }
  const stays = relays.filter(({ fate, blinks }) => fate === 'kept' && !blinks);
  list(relays.filter((relay) => !stays.includes(relay))).appendTo(section);
  if (stays.length > 0) {
    $('<details>')
      .attr({ 'data-board': id, open: isUnfolded })
      .append(
        $('<summary>').text(text(stays.length === 1 ? 'staysOne' : 'stays', { count: stays.length })),
        list(stays),
      )
      .appendTo(section);
  }
  return section;
}

function list(relays: readonly RelayPreview[]): JQuery {
  const all = $('<ul>').css({ listStyle: 'none', margin: 0, padding: 0 });
  for (const relay of relays) relayView(relay).appendTo(all);
  return all;
}

const ICONS = {
  kept: ['fa-check', 'inherit'],
  'let-go': ['fa-chain-broken', 'var(--red-ui-text-color-warning, #b45a00)'],
  moved: ['fa-exclamation-triangle', 'var(--red-ui-text-color-warning, #b45a00)'],
  invalid: ['fa-times-circle', 'var(--red-ui-text-color-error, #ad1625)'],
  unavailable: ['fa-times-circle', 'var(--red-ui-text-color-error, #ad1625)'],
} as const;

function relayView({ relay, name, line, state, fate, becomes, blinks }: RelayPreview): JQuery {
  const [icon, color] = ICONS[fate];
  const what = fate === 'moved' ? `moved.${becomes}` : `fate.${blinks ? 'blinks' : fate}`;
  // What a relay is now is told by the line that it has now.
  const isItsLine = fate !== 'moved' || becomes === 'turned';
  const now = text(`now.${state === null ? 'unknown' : state ? 'on' : 'off'}`);
  return $('<li>')
    .attr({ 'data-relay': relay, 'data-line': line, 'data-fate': fate, 'data-becomes': becomes ?? '' })
    .css({
      display: 'flex',
      gap: '6px',
      alignItems: 'baseline',
      padding: '4px 0',
      borderTop: '1px solid var(--red-ui-secondary-border-color, #ddd)',
    })
    .append(
      $('<i>').addClass(`fa ${icon}`).attr('aria-hidden', 'true').css({ color, width: '1.2em' }),
      $('<div>')
        .css({ minWidth: 0, overflowWrap: 'anywhere' })
        .append(
          $('<bdi>')
            .css({ fontWeight: 'bold' })
            .text(name === relay ? relay : `${name} (${relay})`),
          $('<span>').text(` · ${text('line', { line })}${isItsLine ? ` · ${now}` : ''}`),
          $('<div>').text(text(what)),
        ),
    );
}
