import { parseEntries } from '../../lib/access/entries.ts';
import { parseOrigins } from '../../lib/access/policy.ts';
import { DEFAULT_REMEMBER_DAYS, parseRememberDays } from '../../lib/access/remember.ts';
import { configChoice, parsedBy, validator } from '../editor/fields.ts';
import { addPerson, readPerson, type Person } from './people.editor.ts';
import { post, SecretsEdited } from './secrets.editor.ts';

/** Loosely: what an address or network looks like. The runtime says more exactly what is wrong. */
const PROXY = /^([\d.]+|[\da-f:.]*:[\da-f:.]*)(\/\d{1,3})?$/i;

let edited: SecretsEdited | undefined;

RED.nodes.registerType('factory-access', {
  category: 'config',
  // It guards all nodes, whether they refer to it or not. The editor's types do not know this.
  ...({ hasUsers: false } as object),
  defaults: {
    name: { value: '' },
    plant: configChoice('factory-plant'),
    people: { value: [] as Person[], validate: parsedBy(parseEntries, 'factory-access.wrong.people') },
    nodeRedUsers: { value: false },
    rememberDays: {
      value: DEFAULT_REMEMBER_DAYS,
      validate: parsedBy(parseRememberDays, 'factory-access.wrong.rememberDays'),
    },
    origins: { value: '', validate: parsedBy(parseOrigins, 'factory-access.wrong.origins') },
    proxies: {
      value: '',
      validate: validator((value) =>
        (typeof value === 'string' ? value : '')
          .split(/[\s,]+/)
          .every((part) => part === '' || part.startsWith('${') || PROXY.test(part))
          ? undefined
          : 'factory-access.wrong.proxies',
      ),
    },
  },
  credentials: { secrets: { type: 'password' } },
  label() {
    return this.name || this._('factory-access.label');
  },
  oneditprepare() {
    const text = (key: string, values?: object): string => this._(`factory-access.${key}`, values as never);
    const list = $('#factory-access-people');
    const kept = (this as { credentials?: { secrets?: string } }).credentials?.secrets;
    const secrets = new SecretsEdited(this.id, kept);
    edited = secrets;
    list.editableList<Person>({
      height: 'auto',
      sortable: true,
      removable: true,
      addItem: (container, _index, person) => addPerson(container, person, secrets, text),
    });
    for (const person of this.people) list.editableList('addItem', person);
    const say = (): void => {
      const people = peopleIn(list);
      const others = $('#node-config-input-nodeRedUsers').prop('checked') === true;
      const words = people.length === 0 && !others ? ['state.here'] : ['state.people'];
      const hasEngineer = others || people.some(({ kind, role }) => kind === 'person' && role === 'engineer');
      if (people.length > 0 && !hasEngineer) words.push('state.engineer');
      $('#factory-access-state').text(words.map((word) => text(word)).join(' '));
    };
    list.closest('.red-ui-editableList').on('click change', () => setTimeout(say));
    $('#node-config-input-nodeRedUsers').on('change', say);
    say();
    $('#factory-access-enter').on('click', () => void enter(text));
  },
  oneditsave() {
    this.people = peopleIn($('#factory-access-people'));
    const blob = edited?.blob(this.people.map(({ id }) => id ?? ''));
    // Not there before: the editor takes every field of a password for changed.
    if (blob !== undefined) {
      $('<input type="hidden" id="node-config-input-secrets">')
        .val(blob)
        .insertAfter('#factory-access-people');
    }
  },
  oneditresize() {
    $('#factory-access-people').editableList('height', 'auto');
  },
});

function peopleIn(list: JQuery): Person[] {
  return list
    .editableList('items')
    .toArray()
    .map((item) => readPerson($(item)));
}

/** Opens the page of the plant as who is signed in to the editor. */
async function enter(text: (key: string) => string): Promise<void> {
  for (const role of ['engineer', 'viewer']) {
    const answer = await post<{ ticket?: string }>(`factory-iot/ticket/${role}`, {});
    if (answer.ticket === undefined) continue;
    const root = RED.settings.get('httpNodeRoot', '/').replace(/\/$/, '');
    window.open(`${root}/factory-iot/sign-in#ticket=${answer.ticket}`, '_blank', 'noopener');
    return;
  }
  RED.notify(text('enter.refused'), 'warning');
}
