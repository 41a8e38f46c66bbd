import assert from 'node:assert/strict';
import { Access } from '../../../lib/access/access.ts';
import { hashPassword } from '../../../lib/access/secret.ts';
import { applyStored } from '../../../lib/access/stored.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

const sara = { id: 'sara', kind: 'person', name: 'Sara', role: 'engineer' };
const vera = { id: 'vera', kind: 'person', name: 'Vera', role: 'viewer' };
const node = (people: unknown, more: object = {}) => ({ id: 'a', type: 'factory-access', people, ...more });

describe('applyStored', () => {
  let access: Access;
  let clock: FakeClock;
  let secrets: string;
  before(async () => {
    secrets = JSON.stringify({ sara: await hashPassword('a spare engine') });
  });
  beforeEach(() => {
    clock = new FakeClock();
    access = new Access(clock);
  });
  const apply = (...nodes: { id: string; type: string }[]): void =>
    applyStored(access, nodes, (id) => (id === 'a' ? secrets : undefined));

  it('lets in who the stored flows name, and nobody else', async () => {
    apply({ id: 'x', type: 'missing' }, node([sara, vera]));
    assert.equal(access.isConfigured, true);
    assert.ok('opened' in (await access.signIn('Sara', 'a spare engine', { address: '', remember: false })));
    assert.ok('failed' in (await access.signIn('Vera', 'a spare engine', { address: '', remember: false })));
  });

  it('counts a node on a disabled tab, and none that is disabled itself', () => {
    apply({ id: 't', type: 'tab', disabled: true } as never, node([sara], { z: 't' }));
    assert.equal(access.isConfigured, true);
    apply(node([sara], { d: true }));
    assert.equal(access.isConfigured, false);
    assert.equal(access.people.hasEngineer, false);
  });

  it('keeps everybody out where they cannot work, but for engineers at the editor', async () => {
    apply(node([sara, { ...vera, name: 'sara' }, 'nonsense']));
    assert.match(access.broken ?? '', /must be an object/);
    assert.equal(access.people.hasEngineer, true);
    assert.ok('failed' in (await access.signIn('Sara', 'a spare engine', { address: '', remember: false })));
    assert.equal(access.people.editorUser('SARA')?.id, 'sara');
    assert.equal(access.people.editorUser('Vera'), undefined);
    const entered = await access.verifyEditorUser('Sara', 'a spare engine');
    assert.equal('code' in entered, false);
    assert.ok('code' in (await access.verifyEditorUser('Sara', 'another one')));
  });

  it('keeps the editor shut where an engineer is set who cannot sign in', async () => {
    const expires = new Date(clock.now() + 1000).toISOString();
    apply(node([{ ...sara, expires }]));
    assert.ok(access.people.editorUser('Sara'));
    clock.advance(1000);
    assert.equal(access.people.editorUser('Sara'), undefined);
    assert.equal(access.people.hasEngineer, true);
    secrets = '{}';
    apply(node([sara]));
    assert.equal(access.people.hasEngineer, true);
    assert.ok('code' in (await access.verifyEditorUser('Sara', 'a spare engine')));
  });
});
