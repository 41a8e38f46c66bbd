import { ROLES } from '../../lib/access/role.ts';
import { post, type SecretsEdited } from './secrets.editor.ts';

/** One row as the flow file has it; what is typed is checked when the dialog closes. */
export interface Person {
  id?: string;
  kind?: 'person' | 'token';
  name?: string;
  role?: string;
  relays?: string;
  areas?: string;
  devices?: string;
  expires?: string;
}

type Text = (key: string, values?: object) => string;

/** Which of the fields below concern a role. */
const ABOUT: Readonly<Record<string, readonly string[]>> = {
  viewer: [],
  operator: ['relays', 'areas'],
  engineer: [],
  device: ['devices'],
};

const EXAMPLES = { relays: 'relay1, pump*', areas: 'hall-1, *', devices: 'sensor_001' } as const;

export function addPerson(container: JQuery, given: Person, secrets: SecretsEdited, text: Text): void {
  const isNew = given.id === undefined;
  const person: Person = isNew
    ? { id: RED.nodes.id(), kind: 'person', role: 'operator', relays: '*' }
    : given;
  const field = (name: keyof Person, attributes: object): JQuery =>
    $('<input type="text">')
      .addClass(`factory-access-${name}`)
      .css({ width: '100%', boxSizing: 'border-box' })
      .attr({ 'aria-label': text(`person.${name}`), placeholder: text(`person.${name}`), ...attributes })
      .val(person[name] ?? '');
  const select = (name: 'kind' | 'role', values: readonly string[]): JQuery => {
    const made = $('<select>')
      .addClass(`factory-access-${name}`)
      .css('width', '100%')
      .attr('aria-label', text(`person.${name}`));
    for (const value of values)
      $('<option>')
        .val(value)
        .text(text(`${name}.${value}`))
        .appendTo(made);
    return made.val(person[name] ?? '');
  };
  const kind = select('kind', ['person', 'token']);
  const role = select('role', ROLES);
  const line = (): JQuery =>
    $('<div>').css({ display: 'flex', gap: '6px', alignItems: 'center', marginBottom: '4px' });
  const cell = (content: JQuery, width: string): JQuery => $('<div>').css({ width }).append(content);
  const named = (name: keyof Person, content: JQuery, width: string): JQuery => {
    const label = $('<div>').css({ fontSize: '0.8em', color: 'var(--red-ui-tertiary-text-color)' });
    return cell(content, width).prepend(label.text(text(`person.${name}`)));
  };
  container.data('factory-access-id', person.id ?? '');
  line()
    .append(cell(field('name', { maxlength: 64 }), '40%'), cell(kind, '28%'), cell(role, '32%'))
    .appendTo(container);
  const more = line().appendTo(container);
  for (const name of ['relays', 'areas', 'devices'] as const) {
    more.append(
      named(
        name,
        field(name, { dir: 'ltr', title: text(`person.${name}.hint`), placeholder: EXAMPLES[name] }),
        '34%',
      ).attr('data-about', name),
    );
  }
  more.append(
    named('expires', field('expires', { type: 'date', title: text('person.expires.hint') }), '32%'),
  );
  const secret = secretFields(person, secrets, text, () => String(kind.val()) === 'token').appendTo(
    container,
  );
  const show = (): void => {
    const about = ABOUT[String(role.val())] ?? [];
    more
      .find('[data-about]')
      .each((_index, element) => void $(element).toggle(about.includes($(element).attr('data-about')!)));
    // A person is no device.
    role.find('option[value=device]').prop('disabled', kind.val() === 'person');
    if (kind.val() === 'person' && role.val() === 'device') role.val('operator').trigger('change');
    secret.trigger('factory-kind');
  };
  kind.on('change', show);
  role.on('change', show);
  show();
  if (isNew) setTimeout(() => container.find('.factory-access-name').trigger('focus'));
}

/** Sets a password, or makes a token and shows it: once, and never again. */
function secretFields(person: Person, secrets: SecretsEdited, text: Text, isToken: () => boolean): JQuery {
  const row = $('<div>').css({ display: 'flex', gap: '6px', alignItems: 'center', flexWrap: 'wrap' });
  const state = $('<span>').css({ color: 'var(--red-ui-tertiary-text-color)' });
  const shown = $('<input type="text" readonly dir="ltr">')
    .css({ flex: '1 1 20em', fontFamily: 'monospace', color: 'var(--red-ui-primary-text-color)' })
    .hide();
  const typed = $('<input type="password" autocomplete="new-password" dir="ltr">')
    .css({ flex: '0 1 14em' })
    .attr({ placeholder: text('password.type'), 'aria-label': text('password.type') });
  const button = (icon: string, run: () => Promise<void>): JQuery =>
    $('<button type="button" class="red-ui-button red-ui-button-small">')
      .append($('<i>').addClass(`fa fa-${icon}`), ' ', $('<span>'))
      .on('click', () => {
        run().catch((error: unknown) => void RED.notify((error as Error).message, 'error'));
      });
  const keep = async (kept: string | undefined, error: string | undefined): Promise<void> => {
    if (kept === undefined) throw new Error(error ?? 'no answer');
    await secrets.set(person.id!, kept);
    state.text(text('secret.deploy'));
  };
  const reveal = (secret: string): void => {
    shown.val(secret).attr('aria-label', text('secret.once')).show().trigger('select');
    state.text(text('secret.once'));
  };
  const set = button('check', async () => {
    const { kept, error } = await post<{ kept?: string }>('factory-iot/access/password', {
      password: typed.val(),
    });
    await keep(kept, error);
    typed.val('');
  });
  const make = button('magic', async () => {
    if (isToken()) {
      const { token, kept, error } = await post<{ token?: string; kept?: string }>(
        'factory-iot/access/token',
        {},
      );
      await keep(kept, error);
      reveal(token!);
    } else {
      const answer = await post<{ password?: string; kept?: string }>('factory-iot/access/password', {
        make: true,
      });
      await keep(answer.kept, answer.error);
      reveal(answer.password!);
    }
  });
  row.append(typed, set, make, shown, state);
  row.on('factory-kind', () => {
    typed.toggle(!isToken());
    set.toggle(!isToken()).find('span').text(text('password.set'));
    make.find('span').text(text(isToken() ? 'token.make' : 'password.make'));
  });
  secrets.has(person.id!).then(
    (has) => void (state.text() === '' && state.text(text(has ? 'secret.kept' : 'secret.none'))),
    () => void state.text(text('secret.unreadable')),
  );
  return row;
}

export function readPerson(item: JQuery): Person {
  const value = (name: string): string => String(item.find(`.factory-access-${name}`).val() ?? '').trim();
  const role = value('role');
  const about = ABOUT[role] ?? [];
  return {
    id: String(item.find('.red-ui-editableList-item-content').addBack().data('factory-access-id') ?? ''),
    kind: value('kind') as 'person' | 'token',
    name: value('name'),
    role,
    ...(value('expires') && { expires: value('expires') }),
    ...Object.fromEntries(about.map((name) => [name, value(name)])),
  };
}
