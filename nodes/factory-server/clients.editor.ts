/** Shows in the server's dialog who is connected, as it is, and rehearses the fallback with them. */
import type { ClientInfo } from '../../lib/live/client-info.ts';
import type { ConnectedClients } from './clients-answers.ts';
import { showReport, strange, whoParts, type Text } from './rehearsal.editor.ts';

/** How often the dialog asks who is connected, milliseconds. */
const EACH_MS = 1000;
const SECTION = '#factory-server-clients';
const COLUMNS = ['who', 'transport', 'latency', 'topics', 'queue', 'act'] as const;

/** Begins to ask, until the returned function is called. */
export function showClients(server: string, text: Text): () => void {
  const view = new ClientsView(server, text);
  view.begin();
  return () => view.end();
}

class ClientsView {
  readonly #server: string;
  readonly #text: Text;
  readonly #section = $(SECTION);
  readonly #rows = new Map<string, JQuery>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  /** Whether a rehearsal runs, so that none can be begun. */
  #runs = false;

  constructor(server: string, text: Text) {
    this.#server = server;
    this.#text = (key, values) => text(`clients.${key}`, values);
  }

  begin(): void {
    const head = $('<tr>').append(
      ...COLUMNS.map((column) =>
        $('<th scope="col">')
          .addClass(`factory-server-${column}`)
          .text(column === 'act' ? '' : this.#text(column)),
      ),
    );
    this.#part('table').find('thead').empty().append(head);
    this.#section
      .on('click', '.factory-server-cut', (event) =>
        this.#ask(
          $(event.currentTarget as HTMLElement)
            .closest('tr')
            .data('session') as string,
        ),
      )
      .on('click', '.factory-server-cut-all', () => this.#ask(undefined));
    this.#section.find('.factory-server-cut-all').text(this.#text('rehearseAll'));
    this.#say('waits');
    this.#look();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #part(name: string): JQuery {
    return this.#section.find(`.factory-server-${name}`);
  }

  #look(): void {
    void $.getJSON('factory-iot/clients', { server: this.#server })
      .done((found: ConnectedClients) => this.#show(found))
      .fail((failure: JQuery.jqXHR) => {
        this.#showNobody();
        this.#fail(this.#part('state'), failure);
      })
      .always(() => {
        if (!this.#ended) this.#timer = setTimeout(() => this.#look(), EACH_MS);
      });
  }

  #show({ deployed, count, clients, rehearsal }: ConnectedClients): void {
    if (this.#ended) return;
    this.#runs = rehearsal?.state === 'running';
    if (!deployed) {
      this.#showNobody();
      this.#say('notDeployed');
    } else if (count === 0) {
      this.#showNobody();
      this.#say('none');
    } else {
      const [all, shown] = [this.#number(count), this.#number(clients.length)];
      this.#say(count > clients.length ? 'some' : count === 1 ? 'one' : 'all', { count: all, shown });
      this.#showRows(clients);
    }
    this.#enable(this.#section.find('.factory-server-cut-all, .factory-server-cut'));
    showReport(this.#part('report'), rehearsal, this.#text);
  }

  #showNobody(): void {
    this.#rows.clear();
    this.#part('table').hide().find('tbody').empty();
    this.#section.find('.factory-server-cut-all').hide();
  }

  /** A row stays the same element, so that whoever is at its button stays there. */
  #showRows(clients: readonly ClientInfo[]): void {
    this.#part('table').show();
    this.#section.find('.factory-server-cut-all').show();
    const body = this.#part('table').find('tbody');
    const there = new Set(clients.map(({ session }) => session));
    for (const [session, row] of this.#rows) {
      if (there.has(session)) continue;
      row.remove();
      this.#rows.delete(session);
    }
    for (const client of clients) {
      const row = this.#rows.get(client.session) ?? this.#newRow(client).appendTo(body);
      this.#rows.set(client.session, row);
      this.#fill(row, client);
    }
  }

  #newRow({ session, principal, address, origin, protocol, since: connected }: ClientInfo): JQuery {
    const row = $('<tr>').data('session', session);
    for (const column of COLUMNS) $('<td>').addClass(`factory-server-${column}`).appendTo(row);
    whoParts(principal, address).appendTo(row.find('.factory-server-who').attr('title', origin ?? ''));
    const at = new Date(connected);
    const time = at.toLocaleTimeString(this.#text('locale'));
    const since = $('<div>').addClass('factory-server-more').text(time);
    since.attr('title', this.#text('since', { time: at.toLocaleString(this.#text('locale')) }));
    since.prepend($('<i aria-hidden="true">').addClass('fa fa-clock-o'), ' ');
    row.find('.factory-server-transport').append($('<bdi>').addClass('factory-server-by'), since);
    if (protocol === 1)
      row.find('.factory-server-topics').text(this.#text('lists')).attr('title', this.#text('listsWhy'));
    $('<button type="button">')
      .addClass('red-ui-button red-ui-button-small factory-server-cut')
      .append(
        $('<i aria-hidden="true">').addClass('fa fa-chain-broken'),
        $('<span>').text(` ${this.#text('rehearse')}`),
      )
      .attr('aria-label', this.#text('rehearseOne', { who: principal, address }))
      .appendTo(row.find('.factory-server-act'));
    return row;
  }

  #fill(row: JQuery, { transport, latency, topics, queue, protocol }: ClientInfo): void {
    const put = (column: string, value: string): void => {
      const cell = row.find(`.factory-server-${column}`);
      // What is marked with the mouse stays so while it is the same.
      if (cell.text() !== value) cell.text(value);
    };
    put('by', transport);
    const ms = latency !== null && latency >= 10 ? Math.round(latency) : latency;
    put('latency', ms === null ? '–' : this.#number(ms));
    put('queue', this.#number(queue));
    row.find('.factory-server-queue').toggleClass('factory-server-behind', queue > 0);
    if (protocol === 1) return;
    const cell = row.find('.factory-server-topics');
    const shown = topics === '' ? this.#text('everything') : topics;
    if (cell.text() === shown) return;
    cell.empty().attr('title', topics === '' ? '' : topics);
    if (topics === '') cell.text(shown);
    else strange(topics).appendTo(cell);
  }

  #enable(buttons: JQuery): void {
    buttons
      .attr('aria-disabled', String(this.#runs))
      .toggleClass('disabled', this.#runs)
      .attr('title', this.#text(this.#runs ? 'runs' : 'rehearseTitle'));
  }

  /** Asks once more before anybody is cut. */
  #ask(session: string | undefined): void {
    const place = this.#part('question').empty();
    if (this.#runs) return;
    const row = session === undefined ? undefined : this.#rows.get(session);
    const back = (): void => {
      place.empty();
      (row ?? this.#section).find(row ? '.factory-server-cut' : '.factory-server-cut-all').trigger('focus');
    };
    const hold = $('<input type="number" min="0" max="60" step="1" dir="ltr">')
      .addClass('factory-server-hold')
      .val(5);
    const button = (name: string, run: () => void): JQuery =>
      $('<button type="button">')
        .addClass('red-ui-button red-ui-button-small')
        .attr('data-rehearsal', name)
        .text(this.#text(name))
        .on('click', run);
    $('<div role="group">')
      .attr('aria-label', this.#text('rehearse'))
      .on('keydown', (event) => {
        // Else the whole dialog would close.
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        back();
      })
      .append(
        $('<p>').append(...this.#whom(row)),
        $('<p>').text(this.#text('then')),
        $('<label>').append($('<span>').text(this.#text('hold')), hold),
        $('<span>')
          .addClass('factory-server-choices')
          .append(
            button('cut', () => this.#rehearse(session, Number(hold.val()), back)),
            button('cancel', back),
          ),
      )
      .appendTo(place);
    // Whoever presses Enter twice by mistake cuts nobody.
    place.find('[data-rehearsal="cancel"]').trigger('focus');
    place[0]?.scrollIntoView({ block: 'nearest' });
  }

  #whom(row: JQuery | undefined): (JQuery | string)[] {
    if (!row) return [this.#text('sureAll')];
    // A name is a stranger's text, so it stands beside the sentence and not in it.
    return [`${this.#text('sureOne')} `, row.find('.factory-server-who').children().clone()];
  }

  #rehearse(session: string | undefined, hold: number, back: () => void): void {
    const place = this.#part('question');
    back();
    place.text(this.#text('begins'));
    void $.ajax({
      url: 'factory-iot/rehearse',
      type: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ server: this.#server, session, hold }),
    })
      .done((found: ConnectedClients) => {
        place.empty();
        this.#show(found);
      })
      .fail((failure: JQuery.jqXHR) => this.#fail(place.empty(), failure));
  }

  #number(value: number): string {
    return value.toLocaleString(this.#text('locale'));
  }

  #say(key: string, values?: Readonly<Record<string, unknown>>): void {
    const words = this.#text(key, values);
    const place = this.#part('state');
    // A screen reader says only what is new.
    if (place.text() !== words) place.text(words);
  }

  #fail(place: JQuery, { status, responseJSON }: JQuery.jqXHR): void {
    if (status === 401 || status === 403) {
      place.text(this.#text('forbidden'));
      return;
    }
    const { error = status === 0 ? this.#text('unreachable') : String(status) } = (responseJSON ?? {}) as {
      error?: string;
    };
    place.text(`${this.#text('failed')} `).append(strange(error));
  }
}
