import assert from 'node:assert/strict';
import { newSecret } from '../../../lib/access/secret.ts';
import { MAX_TICKETS, TICKET_MS, Tickets } from '../../../lib/access/tickets.ts';
import { FakeClock } from '../../../lib/base/fake-clock.ts';

function tickets(): { clock: FakeClock; all: Tickets<string> } {
  const clock = new FakeClock();
  return { clock, all: new Tickets(clock) };
}

describe('Tickets', () => {
  it('are good once', () => {
    const { all } = tickets();
    const ticket = all.issue('ada');
    assert.equal(all.redeem(ticket), 'ada');
    assert.equal(all.redeem(ticket), undefined);
  });

  it('are good for 30 s, by a clock that nobody sets', () => {
    const { clock, all } = tickets();
    const [first, second] = [all.issue('ada'), all.issue('bob')];
    clock.jump(-86_400_000);
    clock.advance(TICKET_MS);
    assert.equal(all.redeem(first), 'ada');
    clock.advance(1);
    assert.equal(all.redeem(second), undefined);
  });

  it('are none that nobody issued, and nothing that is no text', () => {
    const { all } = tickets();
    all.issue('ada');
    for (const made of [newSecret('ticket'), '', undefined, null, 7, {}, ['x']])
      assert.equal(all.redeem(made), undefined);
  });

  it('are so many at most, and void once cleared', () => {
    const { all } = tickets();
    const first = all.issue('first');
    const issued = Array.from({ length: MAX_TICKETS }, (_, n) => all.issue(`${n}`));
    assert.equal(all.redeem(first), undefined);
    assert.equal(all.redeem(issued[0]), '0');
    all.clear();
    assert.equal(all.redeem(issued[1]), undefined);
  });
});
