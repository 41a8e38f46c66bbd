import assert from 'node:assert/strict';
import { readStamp, stamp, type Principal } from '../../lib/access/principal.ts';
import { access } from '../../nodes/access.ts';
import registerGuard from '../../nodes/factory-guard/factory-guard.ts';
import { entryOf, settingsOf, TOKEN } from '../lib/access/known.ts';
import * as helper from './helper.ts';

const place = { z: 'f1', x: 0, y: 0 };
const flowOf = (settings: object): helper.FlowNode[] => [
  { id: 'f1', type: 'tab' },
  { id: 'g', type: 'factory-guard', ...place, ...settings, wires: [['yes'], ['no']] },
  { id: 'yes', type: 'helper', ...place },
  { id: 'no', type: 'helper', ...place },
];

describe('factory-guard', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(helper.unload);
  const load = (settings: object): Promise<void> => helper.load([registerGuard], flowOf(settings));
  const principalOf = (grant: string): Principal => ({
    name: 'press',
    role: 'operator',
    via: 'http',
    address: '10.0.0.1',
    grant,
  });
  const grantOf = (): string => access.identify(TOKEN)!.grant;

  it('lets the flow itself pass, stamped with who it is', async () => {
    await load({});
    const passed = helper.next('yes');
    await helper.send('g', { payload: 1 });
    const { payload, factory } = await passed;
    assert.deepEqual([payload, readStamp(factory?.by)?.name], [1, 'flow']);
  });

  it('judges who was stamped by what is guarded, and says why not', async () => {
    await load({ deed: 'switch', relay: 'fan' });
    access.configure(settingsOf([entryOf()]));
    const refused = helper.next('no');
    await helper.send('g', { payload: 1, factory: { by: stamp(principalOf(grantOf())) } });
    const { payload, statusCode } = await refused;
    assert.equal(statusCode, 403);
    assert.match(JSON.stringify(payload), /"fan\\" is not among/);
  });

  it('binds a screen by a ticket, once, and lets it go again', async () => {
    await load({ deed: 'switch', relay: 'pump' });
    access.configure(settingsOf([entryOf()]));
    const told = helper.collect('yes');
    const refused = helper.collect('no');
    const ticket = access.issue({ grant: grantOf() });
    const signIn = { topic: 'factory-sign-in', payload: ticket, _client: { socketId: 's1' } };
    await helper.send('g', { payload: true, _client: { socketId: 's1' } });
    await helper.send('g', signIn);
    await helper.send('g', { payload: true, _client: { socketId: 's1' } });
    await helper.send('g', { payload: true, _client: { socketId: 's2' } });
    await helper.send('g', { ...signIn, _client: { socketId: 's2' } });
    await helper.send('g', { topic: 'factory-sign-out', _client: { socketId: 's1' } });
    await helper.send('g', { payload: true, _client: { socketId: 's1' } });
    const passed = (await told.atLeast(3)).map(({ payload }) => payload);
    assert.deepEqual(passed, [{ name: 'press', role: 'operator' }, true, null]);
    assert.deepEqual(
      (await refused.atLeast(4)).map(({ statusCode, payload }) => [statusCode, payload === null]),
      [
        [401, false],
        [401, false],
        [undefined, true],
        [401, false],
      ],
    );
  });

  it('binds nobody by a message from elsewhere, nor where no screen is named', async () => {
    await load({ deed: 'read' });
    access.configure(settingsOf([entryOf()]));
    const refused = helper.collect('no');
    for (const more of [
      {},
      { req: {}, _client: { socketId: 's1' } },
      { _session: { type: 'factory-iot' }, _client: { socketId: 's1' } },
      // What a browser has written itself.
      { socketid: 's1' },
      { socketid: 's1', _client: { socketId: 's1' } },
    ])
      await helper.send('g', {
        topic: 'factory-sign-in',
        payload: access.issue({ grant: grantOf() }),
        ...more,
      } as never);
    for (const { payload } of await refused.atLeast(5)) assert.equal(payload, null);
    assert.equal(access.at('s1'), undefined);
  });
});
