import assert from 'node:assert/strict';
import { Access } from '../../../lib/access/access.ts';
import { TELLING, type AuditEntry } from '../../../lib/access/report.ts';
import { parseAccess } from '../../../lib/access/settings.ts';
import { MAX_SESSIONS_EACH } from '../../../lib/access/sessions.ts';
import { digest, newSecret } from '../../../lib/access/secret.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

describe('what the audit is told of refusals', () => {
  let clock: FakeClock;
  let access: Access;
  let told: AuditEntry[];
  beforeEach(() => {
    clock = new FakeClock();
    access = new Access(clock);
    told = [];
    access.report.to((entry) => told.push(entry));
  });
  afterEach(() => access.forget());
  const refuse = (address: string, more: object = {}): string | undefined =>
    access.report.refused({ address, code: 'forbidden', reason: 'no', via: 'http', ...more });

  it('is a bounded number, with how many it was not told of', () => {
    for (let index = 0; index < 1000; index++) refuse(`a${index}`);
    assert.equal(told.length, TELLING.burst);
    clock.advance(12_000);
    assert.match(refuse('b') ?? '', /and 900 more/);
    assert.equal(told.at(-1)?.untold, 900);
    clock.advance(3_600_000);
    refuse('c');
    assert.equal(told.at(-1)?.untold, undefined);
  });

  it('is cut, on one line, and read in its own order', () => {
    refuse('a', { reason: `x\r\n\u202e${'y'.repeat(9000)}`, what: `GET /${'z'.repeat(9000)}\u2028` });
    const { reason, what } = told[0]!;
    assert.ok(reason!.length < 400 && what.length < 400);
    assert.doesNotMatch(reason! + what, /[\p{Cc}\p{Zl}\u202e]/u);
  });

  it('is a name that somebody has, and never what was typed in its place', async () => {
    access.configure(
      parseAccess({ people: [{ id: 'p', name: 'Sara', kind: 'person', role: 'viewer' }] }, ''),
    );
    await access.verify('my secret password', 'x', 'a1');
    await access.verify('SARA', 'x', 'a2');
    assert.deepEqual(
      told.map(({ by }) => by),
      [null, 'Sara'],
    );
    assert.doesNotMatch(JSON.stringify(told), /secret/);
  });
});

describe('sessions of one', () => {
  it('end nobody else’s, however many they open', () => {
    const clock = new FakeClock();
    const access = new Access(clock);
    const secrets = [newSecret('token'), newSecret('token')];
    const people = ['one', 'two'].map((name) => ({ id: name, name, kind: 'token', role: 'viewer' }));
    const kept = Object.fromEntries(people.map(({ id }, index) => [id, digest(secrets[index]!)]));
    access.configure(parseAccess({ people }, JSON.stringify(kept)));
    const open = (secret: string): string => {
      const ticket = access.issue({ grant: access.identify(secret)!.grant });
      const signIn = access.redeem(ticket, { address: '192.0.2.1', remember: false })!;
      return 'opened' in signIn ? signIn.opened.token : '';
    };
    const theirs = open(secrets[0]!);
    const first = open(secrets[1]!);
    for (let index = 0; index < MAX_SESSIONS_EACH; index++) open(secrets[1]!);
    assert.equal(access.identify(theirs)?.name, 'one');
    assert.equal(access.identify(first), undefined, 'their own oldest has ended');
    assert.equal(access.sessions.list().length, MAX_SESSIONS_EACH + 1);
    access.forget();
  });
});
