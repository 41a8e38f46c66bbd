import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BoardPreview, Preview, RelayPreview } from '../../lib/relays/previewed.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { root, startNodeRed, VERSIONS, type FlowNode, type NodeRed, type Version } from './harness.ts';

type Pins = ReadonlyMap<number, boolean>;

const PLANT = { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' };
const TAB = { id: 't', type: 'tab', label: 'tab' };

const channel = (id: string, line: number, more: object = {}): object => ({
  id,
  name: '',
  line,
  activeLow: false,
  start: 'off',
  ...more,
});
const board = (channels: object[], more: object = {}): FlowNode => ({
  id: 'b',
  type: 'factory-board',
  name: 'Cabinet',
  plant: 'p',
  driver: 'simulated',
  chip: '',
  bias: 'as-is',
  channels,
  ...more,
});

const BEFORE = [channel('one', 1), channel('two', 2, { activeLow: true, start: 'on' }), channel('three', 3)];
const fatesOf = ({ boards }: Preview): string[] =>
  boards.flatMap(({ relays }) =>
    relays.map(({ relay, line, fate, becomes }) => [relay, line, fate, becomes].filter(Boolean).join(' ')),
  );

/** What is deployed after {@link BEFORE}, in which one and three are off and two, active low, is on; then one goes on. */
const CASES: { name: string; nodes: FlowNode[]; fates: string[] }[] = [
  {
    name: 'nothing but a name is changed',
    nodes: [board(BEFORE, { name: 'Other' })],
    fates: ['one 1 kept', 'two 2 kept', 'three 3 kept'],
  },
  {
    name: 'a relay is removed',
    nodes: [board([BEFORE[0]!, BEFORE[2]!])],
    fates: ['one 1 kept', 'three 3 kept', 'two 2 let-go'],
  },
  {
    name: 'relays are added',
    nodes: [
      board([
        ...BEFORE,
        channel('four', 4, { start: 'on' }),
        channel('five', 5, { activeLow: true }),
        channel('six', 6, { start: 'restore' }),
      ]),
    ],
    fates: [
      'one 1 kept',
      'two 2 kept',
      'three 3 kept',
      'four 4 moved on',
      'five 5 moved off',
      'six 6 moved off',
    ],
  },
  {
    name: 'a relay gets another line',
    nodes: [board([channel('one', 7, { start: 'on' }), BEFORE[1]!, BEFORE[2]!])],
    fates: ['one 7 moved on', 'two 2 kept', 'three 3 kept', 'one 1 let-go'],
  },
  {
    name: 'two relays change places',
    nodes: [board([channel('one', 3), BEFORE[1]!, channel('three', 1)])],
    fates: ['one 3 moved as-other', 'two 2 kept', 'three 1 moved as-other'],
  },
  {
    name: 'a relay gets another id',
    nodes: [board([channel('pump', 1), BEFORE[1]!, BEFORE[2]!])],
    fates: ['pump 1 kept', 'two 2 kept', 'three 3 kept'],
  },
  {
    name: 'polarities are turned round',
    nodes: [board([channel('one', 1, { activeLow: true }), channel('two', 2), BEFORE[2]!])],
    fates: ['one 1 moved turned', 'two 2 moved turned', 'three 3 kept'],
  },
  {
    name: 'another start policy is set, which is for lines that are not held',
    nodes: [board([channel('one', 1, { start: 'off' }), BEFORE[1]!, channel('three', 3, { start: 'on' })])],
    fates: ['one 1 kept', 'two 2 kept', 'three 3 kept'],
  },
  {
    name: 'the settings are wrong',
    nodes: [board([BEFORE[0]!, channel('two', 1)])],
    fates: ['one 1 invalid', 'two 2 invalid', 'three 3 invalid'],
  },
  {
    name: 'there is no such driver',
    nodes: [board(BEFORE, { driver: 'telepathy' })],
    fates: ['one 1 invalid', 'two 2 invalid', 'three 3 invalid'],
  },
  {
    name: 'the plant is missing',
    nodes: [board(BEFORE, { plant: '' })],
    fates: ['one 1 invalid', 'two 2 invalid', 'three 3 invalid'],
  },
  {
    name: 'another board wants a relay of the plant, and is behind',
    nodes: [board(BEFORE), board([channel('one', 9)], { id: 'other', name: 'Other' })],
    fates: ['one 1 kept', 'two 2 kept', 'three 3 kept'],
  },
  { name: 'the board is deleted', nodes: [], fates: ['one 1 let-go', 'two 2 let-go', 'three 3 let-go'] },
  {
    name: 'the board is disabled',
    nodes: [board(BEFORE, { d: true })],
    fates: ['one 1 let-go', 'two 2 let-go', 'three 3 let-go'],
  },
  {
    name: 'the board moves to a chip that is not there',
    nodes: [board(BEFORE, { driver: 'chardev', chip: '/dev/gpiochip9999' })],
    fates: ['one 1 unavailable', 'two 2 unavailable', 'three 3 unavailable'],
  },
  {
    name: 'a second board comes',
    nodes: [board(BEFORE), board([channel('far', 1, { start: 'on' })], { id: 'c', name: 'Far' })],
    fates: ['one 1 kept', 'two 2 kept', 'three 3 kept', 'far 1 moved on'],
  },
  {
    name: 'a line is taken from the environment',
    nodes: [board([channel('one', 1), BEFORE[1]!, BEFORE[2]!], { name: '${FACTORY_TEST_NAME}' })],
    fates: ['one 1 kept', 'two 2 kept', 'three 3 kept'],
  },
];

for (const version of Object.keys(VERSIONS).map(Number) as Version[]) {
  describe(`the preview of a deploy, held against the deploy itself (Node-RED ${version})`, function () {
    this.timeout(60_000);
    let red: NodeRed;
    let pinsOf: (board: string) => Pins;
    before(async () => {
      red = await startNodeRed({ version });
      const built = pathToFileURL(join(root, 'dist/lib/gpio/simulated.js')).href;
      ({ simulatedPins: pinsOf } = (await import(built)) as { simulatedPins: typeof pinsOf });
    });
    after(async () => {
      // The pins of simulated boards are there for as long as the process is.
      await red?.deploy([TAB, PLANT]);
      await red?.stop();
    });

    const plant = (): Plant =>
      (red.RED as unknown as { nodes: { getNode(id: string): { plant: Plant } } }).nodes.getNode('p').plant;
    const ask = async (nodes: readonly FlowNode[]): Promise<Preview> => {
      // As the editor does: what is disabled will not run.
      const boards = nodes.filter(({ type, d }) => type === 'factory-board' && d !== true);
      const response = await fetch(`${red.url}/editor/factory-iot/preview`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ boards, plants: ['p'] }),
      });
      assert.equal(response.status, 200);
      return (await response.json()) as Preview;
    };
    /** Resolves once the plant's relays are as `isSo` wants them. */
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) {
        await new Promise<void>((resolve) => {
          const stop = plant().relays.events.on('change', () => {
            stop();
            resolve();
          });
        });
      }
    };
    const switchOn = (relay: string): Promise<{ code: string }> =>
      plant().relays.command({
        id: `${relay} ${Math.random()}`,
        relay,
        action: 'on',
        owner: 'hand',
        issued: plant().clock.monotonic(),
        by: 'ada',
        from: 'test',
      });
    const begin = async (): Promise<void> => {
      await red.deploy([TAB, PLANT]);
      await red.deploy([TAB, PLANT, board(BEFORE)]);
      const { relays } = plant();
      await until(() => relays.list().length === 3 && relays.list().every(({ state }) => state !== null));
      assert.equal((await switchOn('one')).code, 'done');
    };

    for (const { name, nodes, fates } of CASES) {
      it(`says what happens where ${name}`, async () => {
        await begin();
        const pins = pinsOf('b');
        const said = await ask(nodes);
        assert.deepEqual(fatesOf(said), fates);
        const all = said.boards.flatMap(({ relays }) => relays);
        assert.equal(said.moves, all.filter(({ fate }) => fate === 'moved' || fate === 'let-go').length);
        const states = new Map(
          plant()
            .relays.list()
            .map(({ id, state }) => [id, state]),
        );

        await red.deploy([TAB, PLANT, ...nodes]);
        const opened = said.boards.filter(({ problem }) => !problem).flatMap(({ relays }) => relays);
        const { relays } = plant();
        await until(() =>
          opened.every(({ relay, fate, line }) =>
            fate === 'let-go'
              ? opened.some((other) => other.relay === relay && other.line !== line) || !relays.get(relay)
              : (relays.get(relay)?.state ?? null) !== null,
          ),
        );
        for (const one of said.boards) {
          for (const relay of one.relays) check(relay, one, { pins, states });
        }
      });
    }

    const check = (
      { relay, fate, becomes, line, state }: RelayPreview,
      { id, problem }: BoardPreview,
      before: { pins: Pins; states: ReadonlyMap<string, boolean | null> },
    ): void => {
      const [was, is] = [before.pins.get(line), pinsOf(id).get(line)];
      const now = plant().relays.get(relay)?.state ?? null;
      const removed = pinsOf(id).size === 0;
      if (fate !== 'moved' || becomes === 'turned' || becomes === 'as-other') {
        if (id === 'b' && !removed) assert.equal(is, was, `the pin of ${relay}`);
      }
      if (fate === 'kept') assert.equal(now, state, relay);
      if (fate === 'invalid' || fate === 'unavailable') {
        assert.ok(problem);
        assert.equal(now, null, relay);
      }
      if (becomes === 'turned') assert.equal(now, !before.states.get(relay), relay);
      if (becomes === 'on' || becomes === 'off') assert.equal(now, becomes === 'on', relay);
    };

    it('says that a line comes back as it is found that the board had before', async () => {
      await begin();
      await red.deploy([TAB, PLANT, board(BEFORE.slice(1))]);
      const said = await ask([board(BEFORE)]);
      assert.deepEqual(fatesOf(said), ['one 1 moved as-found', 'two 2 kept', 'three 3 kept']);
      await red.deploy([TAB, PLANT, board(BEFORE)]);
      await until(() => plant().relays.get('one')?.state === true);
      assert.equal(pinsOf('b').get(1), true);
    });

    it('says that a line which comes out of wrong settings is as it was', async () => {
      await begin();
      await red.deploy([TAB, PLANT, board([channel('one', 1), channel('one', 2)])]);
      const said = await ask([board(BEFORE)]);
      assert.deepEqual([said.moves, said.problems], [0, 0]);
      const pins = pinsOf('b');
      await red.deploy([TAB, PLANT, board(BEFORE)]);
      await until(() => plant().relays.get('one')?.state === true);
      assert.deepEqual(pinsOf('b'), pins);
    });

    for (const type of ['full', 'nodes'] as const) {
      it(`says who gets a relay that two boards want (${type})`, async () => {
        await begin();
        const first = board([channel('one', 9)], { id: 'first', name: 'First' });
        const said = await ask([first, { ...board(BEFORE), restarts: type === 'full' }]);
        const problems = said.boards.map(({ problem }) => problem?.reason.slice(0, 60) ?? 'works');
        const theirs = (name: string): string =>
          `the plant has a relay "one" already, on the board "${name}". Give`.slice(0, 60);
        const expected = type === 'full' ? ['works', theirs('First')] : [theirs('Cabinet'), 'works'];
        assert.deepEqual(problems, expected);
        await red.deploy([TAB, PLANT, first, board(BEFORE)], type);
        await until(() => (plant().relays.get('one')?.state ?? null) !== null);
        assert.equal(plant().relays.get('one')?.board, type === 'full' ? 'First' : 'Cabinet');
        assert.equal(plant().relays.list().length, type === 'full' ? 1 : 3);
        assert.equal(pinsOf('b').get(1), true);
        await red.deploy([TAB, PLANT]);
      });
    }

    it('says that what is locked out starts off, whatever is set', async () => {
      await begin();
      const { relays, clock } = plant();
      const lock = { action: 'lock', why: 'new belt', owner: 'hand', by: 'ada', from: 'test' } as const;
      await relays.command({
        ...lock,
        id: `lock ${Math.random()}`,
        relay: 'three',
        issued: clock.monotonic(),
      });
      const moved = [BEFORE[0]!, BEFORE[1]!, channel('three', 8, { start: 'on' })];
      assert.ok(fatesOf(await ask([board(moved)])).includes('three 8 moved off'));
      await red.deploy([TAB, PLANT, board(moved)]);
      await until(() => (plant().relays.get('three')?.state ?? null) !== null);
      assert.equal(plant().relays.get('three')?.state, false);
      assert.equal(pinsOf('b').get(8), false);
      const unlock = { action: 'unlock', owner: 'hand', by: 'ada', from: 'test' } as const;
      await plant().relays.command({
        ...unlock,
        id: `unlock ${Math.random()}`,
        relay: 'three',
        issued: clock.monotonic(),
      });
    });

    it('lets go of a board that is deleted after its settings were wrong', async () => {
      await begin();
      await red.deploy([TAB, PLANT, board([channel('one', 1), channel('one', 2)])]);
      assert.equal(pinsOf('b').size, 3);
      assert.deepEqual(fatesOf(await ask([])), ['one 1 let-go', 'two 2 let-go', 'three 3 let-go']);
      await red.deploy([TAB, PLANT]);
      assert.equal(pinsOf('b').size, 0);
      assert.deepEqual((await ask([])).boards, []);
    });

    it('passes the words of the check on to the engineer', async () => {
      await begin();
      const { boards } = await ask([board([channel('one', 1), channel('two', 1)])]);
      assert.match(boards[0]!.problem!.reason, /channels 1 and 2 have the same line 1\. Open the board/);
      const none = await ask([board(BEFORE, { driver: 'chardev', chip: '/dev/gpiochip9999' })]);
      assert.match(none.boards[0]!.problem!.reason, /gpiochip9999/);
    });

    const wrong: [string, number, RequestInit][] = [
      ['a form', 415, { body: 'boards=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
      ['no type at all, as another site could send it', 415, { body: '{"boards":[],"plants":[]}' }],
      ['an array', 400, { body: '[]', headers: { 'content-type': 'application/json' } }],
      ['no boards', 400, { body: '{}', headers: { 'content-type': 'application/json' } }],
      [
        'boards that are none',
        400,
        { body: '{"boards":[null],"plants":[]}', headers: { 'content-type': 'application/json' } },
      ],
      [
        'a body of 2 MB',
        413,
        {
          body: JSON.stringify({ boards: ['x'.repeat(2_000_000)], plants: [] }),
          headers: { 'content-type': 'application/json' },
        },
      ],
    ];
    for (const [what, status, init] of wrong) {
      it(`refuses ${what}`, async () => {
        const response = await fetch(`${red.url}/editor/factory-iot/preview`, { method: 'POST', ...init });
        assert.equal(response.status, status);
        assert.match(((await response.json()) as { error: string }).error, /\w/);
      });
    }
  });
}
