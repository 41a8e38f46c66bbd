import assert from 'node:assert/strict';
import { FactoryError } from '../../lib/base/errors.ts';
import type { ErrorCode } from '../../lib/base/errors.ts';
import { forgetBoard } from '../../lib/gpio/drivers.ts';
import { messagePort } from '../../lib/gpio/message-port.ts';
import { forgetMemory } from '../../lib/plant/storage.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import type { RelayRecord, Result } from '../../lib/relays/relay.ts';
import type { Message, PlantNode } from '../../nodes/common.ts';
import registerBoard from '../../nodes/factory-board/factory-board.ts';
import registerIo from '../../nodes/factory-io/factory-io.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import * as helper from './helper.ts';

describe('factory-io', () => {
  before(helper.start);
  after(helper.stop);
  afterEach(async () => {
    await helper.unload();
    assert.equal(messagePort('b').link, undefined);
    forgetBoard('b');
    forgetMemory('p');
  });

  const place = { z: 'tab', x: 0, y: 0 };
  const plantNode = { id: 'p', type: 'factory-plant', name: '', storage: 'memory', file: '' };
  const board = (more: object = {}): helper.FlowNode => ({
    id: 'b',
    type: 'factory-board',
    name: 'Remote',
    plant: 'p',
    driver: 'message',
    readBack: 'message',
    answerWithin: 200,
    staleAfter: 0,
    channels: [
      { id: 'pump', name: '', line: 0, activeLow: false, start: 'off' },
      { id: 'fan', name: '', line: 1, activeLow: true, start: 'off' },
    ],
    ...more,
  });
  const io = (more: object = {}): helper.FlowNode => ({
    id: 'io',
    type: 'factory-io',
    ...place,
    name: '',
    board: 'b',
    send: 'each',
    notation: 'boolean',
    writeTopic: '',
    readTopic: '',
    first: 0,
    wires: [['far'], ['ask']],
    ...more,
  });
  const others = [
    { id: 'tab', type: 'tab' },
    { id: 'far', type: 'helper', ...place },
    { id: 'ask', type: 'helper', ...place },
  ];
  const plant = (): Plant => (helper.nodeById('p') as PlantNode).plant;
  const record = (id = 'pump'): RelayRecord => plant().relays.get(id)!;
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const stop = plant().relays.events.on('change', () => {
          stop();
          resolve();
        });
      });
    }
  };
  const known = (): Promise<void> =>
    until(
      () =>
        plant().relays.list().length > 0 &&
        plant()
          .relays.list()
          .every(({ state }) => state !== null),
    );
  /** Every write that reached the far end since the flow was loaded. */
  const written: Message[] = [];
  /** Does at the far end what messages say, and answers with the level that results. */
  const answer = (message: Message): void => {
    written.push(message);
    helper.nodeById('io').receive({ topic: message.topic, payload: message.payload } as never);
  };
  const answering = new WeakSet<object>();
  const respondWith = (respond: (message: Message) => void): void => {
    answering.add(helper.nodeById('far'));
    helper.nodeById('far').on('input', respond as never);
  };
  const load = async (
    nodes: helper.FlowNode[] = [board(), io()],
    respond: (message: Message) => void = answer,
  ): Promise<void> => {
    written.length = 0;
    await helper.load([registerPlant, registerBoard, registerIo], [plantNode, ...others, ...nodes]);
    respondWith(respond);
  };
  /** A full deploy makes the far end anew, so that it has to be told again what to do. */
  const redeploy = async (nodes: helper.FlowNode[], type: 'full' | 'nodes' = 'full'): Promise<void> => {
    await helper.redeploy([plantNode, ...others, ...nodes], type);
    if (!answering.has(helper.nodeById('far'))) respondWith(answer);
  };
  let commands = 0;
  const command = (action: 'on' | 'off', relay = 'pump'): Promise<Result> =>
    plant().relays.command({
      id: `c${++commands}`,
      relay,
      action,
      issued: plant().clock.monotonic(),
      by: 'ada',
      from: 'test',
      owner: 'hand',
    });
  const refused =
    (code: ErrorCode, message: RegExp) =>
    (error: unknown): boolean =>
      error instanceof FactoryError && error.code === code && message.test(error.message);

  it('sends what an output is to be, and the relay is what is read back', async () => {
    await load();
    await known();
    assert.deepEqual(
      written.map(({ topic, payload, factory }) => [
        topic,
        payload,
        factory?.board,
        factory?.relay,
        factory?.line,
      ]),
      [
        ['pump', false, 'Remote', 'pump', 0],
        ['fan', true, 'Remote', 'fan', 1],
      ],
    );
    assert.equal(written[0]?.['messageExpiryInterval'], 1);
    const { code, state, verified } = await command('on');
    assert.deepEqual([code, state, verified, record().simulated], ['done', true, 'line', false]);
    assert.equal((await command('on', 'fan')).state, true);
    assert.equal(written.at(-1)?.payload, false);
  });

  it('says on the board that there is none of it, and what to do', async () => {
    await load([board()]);
    await until(() => record()?.reason?.includes('relay I/O') === true);
    assert.match(record().reason!, /no relay I\/O node carries .* Put a relay I\/O node into a flow/);
    assert.equal((await command('on')).code, 'unavailable');
  });

  for (const [what, nodes] of [
    ['board before it', [board(), io()]],
    ['board after it', [io(), board()]],
  ] as const) {
    it(`works with its ${what}, and is there at once when it comes later`, async () => {
      await load([...nodes]);
      await known();
      await redeploy([board()]);
      await until(() => record()?.reason?.includes('relay I/O') === true);
      await redeploy([...nodes], 'nodes');
      await known();
      assert.equal((await command('on')).code, 'done');
    });
  }

  for (const [what, type, nodes] of [
    ['everything', 'full', [board(), io()]],
    ['the board', 'nodes', [board({ name: 'Changed' }), io()]],
    ['the node', 'nodes', [board(), io({ name: 'changed' })]],
    ['both, the other way round', 'full', [io({ name: 'changed' }), board({ name: 'Changed' })]],
  ] as const) {
    it(`moves nothing and loses nothing when a deploy replaces ${what}`, async () => {
      await load();
      await known();
      await command('on');
      written.length = 0;
      const changes: RelayRecord[] = [];
      await redeploy([...nodes], type);
      plant().relays.events.on('change', ({ relay }) => void (relay && changes.push(relay)));
      await known();
      assert.deepEqual([record('pump').state, record('fan').state], [true, false]);
      assert.deepEqual(written, []);
      assert.equal((await command('off')).code, 'done');
      assert.equal(written.length, 1);
      assert.ok(changes.every(({ available }) => available));
    });
  }

  it('asks by its second output what outputs are that stay as they are found', async () => {
    const channels = [{ id: 'pump', line: 0, start: 'hold' }];
    await helper.load(
      [registerPlant, registerBoard, registerIo],
      [plantNode, ...others, io({ writeTopic: 'cmnd/{id}/POWER' }), board({ channels })],
    );
    const { topic, payload } = await helper.next('ask');
    assert.deepEqual([topic, payload], ['cmnd/pump/POWER', '']);
    await helper.send('io', { topic: 'pump', payload: 'ON' });
    await known();
    assert.equal(record().state, true);
  });

  it('speaks as MQTT devices do', async () => {
    const topics = { notation: 'ON', writeTopic: 'cmnd/{id}/POWER', readTopic: 'stat/{id}/POWER' };
    await load([board(), io(topics)], (message) => {
      written.push(message);
      const topic = String(message.topic).replace('cmnd', 'stat');
      helper.nodeById('io').receive({ topic, payload: message.payload });
    });
    await known();
    assert.equal((await command('on')).code, 'done');
    assert.deepEqual([written.at(-1)?.topic, written.at(-1)?.payload], ['cmnd/pump/POWER', 'ON']);
  });

  it('speaks as coils do: one array out, one in, in which more is of no account', async () => {
    await load([board(), io({ send: 'all' })], (message) => {
      written.push(message);
      const payload = [...(message.payload as boolean[]), false, false];
      helper.nodeById('io').receive({ payload });
    });
    await known();
    assert.equal((await command('on')).code, 'done');
    assert.deepEqual(
      written.map(({ payload }) => payload),
      [
        [false, true],
        [true, true],
      ],
    );
  });

  it('tells a readback-mismatch, and unavailable where nothing is read back, until something is', async () => {
    let stuck: boolean | undefined;
    await load(undefined, (message) => {
      if (stuck === undefined) answer(message);
      else if (stuck) answer({ ...message, payload: !message.payload });
    });
    await known();
    stuck = true;
    assert.equal((await command('on')).code, 'readback-mismatch');
    stuck = false;
    const { code, reason } = await command('on');
    assert.equal(code, 'unavailable');
    assert.match(reason!, /no read-back of line 0 within 200 ms/);
    const { text } = await helper.status('io', ({ fill }) => fill === 'red');
    assert.equal(text, 'factory-io.status.missing 0');
    await helper.send('io', { payload: [true, true] });
    await known();
    assert.equal(record().state, true);
  });

  it('makes relays unavailable with the reason of a failed write, which a Catch node brings', async () => {
    await load(undefined, (message) => {
      const { factory } = message;
      if (factory?.relay === 'pump' && message.payload === true)
        helper.nodeById('io').receive({ topic: 'x', factory, error: { message: 'Timed out' } });
      else answer(message);
    });
    await known();
    const { code, reason } = await command('on');
    assert.deepEqual([code, reason], ['unavailable', 'the far end failed: Timed out']);
    assert.equal((await helper.status('io', ({ fill }) => fill === 'red')).text, 'Timed out');
    await helper.send('io', { topic: 'pump', payload: false });
    await known();
    assert.equal((await helper.status('io', ({ fill }) => fill === 'green')).text, 'factory-io.status.fresh');
  });

  it('shows what it waits for', async () => {
    await load(undefined, () => {});
    assert.equal(
      (await helper.status('io', ({ fill }) => fill === 'blue')).text,
      'factory-io.status.waiting 0, 1',
    );
    await helper.send('io', { payload: { pump: false, fan: true } });
    await known();
    assert.equal((await helper.status('io')).text, 'factory-io.status.fresh');
  });

  it('shows no age where a board has no read-back, refuses one, and every result says so', async () => {
    await load([board({ readBack: 'none' }), io()], (message) => void written.push(message));
    await known();
    const { code, verified } = await command('on');
    assert.deepEqual([code, verified, record().verified], ['done', 'command', 'command']);
    assert.equal((await helper.status('io')).text, 'factory-io.status.blind');
    await assert.rejects(
      helper.send('io', { topic: 'pump', payload: true }),
      refused('config', /set to have no read-back.*Open the board/),
    );
  });

  it('is refused as the second one of a board, and takes over when the first one goes', async () => {
    const second = io({ id: 'second', wires: [['ask'], []] });
    await load([board(), io(), second]);
    await known();
    assert.match(await helper.errorOf('second'), /another node carries .* board Remote already\. Remove one/);
    assert.equal((await helper.status('second')).text, 'factory-io.status.taken');
    await assert.rejects(helper.send('second', { payload: [true, true] }), refused('config', /another node/));
    assert.equal(written.length, 2);
    await redeploy([board(), second], 'nodes');
    const done = command('on');
    const { topic, payload } = await helper.next('ask');
    await helper.send('second', { topic, payload });
    assert.equal((await done).code, 'done');
  });

  const wrong: [string, helper.FlowNode[], RegExp][] = [
    ['no board', [io({ board: '' })], /no factory-board is chosen/],
    [
      'a board with another driver',
      [board({ driver: 'simulated' }), io()],
      /has no messages\. Open the board/,
    ],
    ['topics that cannot be', [board(), io({ readTopic: 'stat' })], /says nowhere which line/],
    ['a way to send that there is not', [board(), io({ send: 'some' })], /for each line, or for all/],
    ['levels that nobody knows', [board(), io({ notation: 'yes' })], /levels are written as/],
    [
      'a topic of a relay that is not there',
      [board(), io({ topics: [{ relay: 'lamp', write: 'x', read: '' }] })],
      /no relay "lamp"/,
    ],
    ['a topic of no relay', [board(), io({ topics: [{ write: 'x' }] })], /needs the relay/],
    ['topics that are no list', [board(), io({ topics: 'x' })], /must be a list/],
    ['no word for on', [board(), io({ notation: 'own', offWord: 'Uit' })], /the word for on must be/],
    ['a Buffer of something', [board(), io({ buffer: 'words' })], /a Buffer is read by one of/],
    ['a question that is too long', [board(), io({ question: 'x'.repeat(257) })], /at most 256/],
    ['an array that begins nowhere', [board(), io({ first: -1 })], /from 0 to 65535/],
  ];
  for (const [what, nodes, message] of wrong) {
    it(`says what is wrong with ${what}`, async () => {
      await load(nodes);
      assert.match(await helper.errorOf('io'), message);
      assert.equal((await helper.status('io')).fill, 'red');
      await assert.rejects(helper.send('io', { topic: 'pump', payload: true }), refused('config', message));
    });
  }

  const strange: [string, Message, ErrorCode, RegExp][] = [
    [
      'of another relay',
      { topic: 'lamp', payload: true },
      'unknown-relay',
      /"lamp" names no relay.*Let the topic/,
    ],
    ['without a topic', { payload: true }, 'unknown-relay', /nothing names/],
  ];
  for (const [what, message, code, text] of strange) {
    it(`refuses a message ${what}, and changes nothing`, async () => {
      await load();
      await known();
      await assert.rejects(helper.send('io', message), refused(code, text));
      assert.deepEqual([record('pump').state, record('fan').state], [false, false]);
    });
  }

  describe('and what is not understood', () => {
    for (const [what, message, lost] of [
      ['a word', { topic: 'pump', payload: 'overpower' }, /"overpower"/],
      ['a number', { topic: 'pump', payload: 65_280 }, /"65280"/],
      ['one of an array', { payload: [2, true] }, /"2"/],
    ] as const) {
      it(`makes the relay unavailable with ${what} as the reason, and writes when it is asked to`, async () => {
        await load();
        await known();
        await command('on');
        await helper.send('io', message);
        await until(() => record().state === null);
        assert.match(record().reason!, lost);
        const { code, reason } = await command('on');
        assert.equal(code, 'unavailable');
        assert.match(reason!, lost);
        await helper.send('io', { topic: 'pump', payload: 'on' });
        await known();
        assert.equal(record().state, true);
      });
    }

    it('is told beside what is: names that no relay has', async () => {
      await load();
      await known();
      await assert.rejects(
        helper.send('io', { payload: { pump: true, wifi: 70 } }),
        refused('unknown-relay', /"wifi": no relay of this board/),
      );
      await until(() => record().state === true);
    });

    it('is no matter on topics that are about something else, which the status shows while nothing is read', async () => {
      await load([board(), io({ readTopic: 'stat/{id}/POWER' })], () => {});
      await helper.send('io', { topic: 'stat/RESULT', payload: { POWER1: 'ON' } });
      await helper.status('io', ({ text }) => text === 'factory-io.status.waiting 0, 1');
      await until(() => record()?.reason?.includes('no read-back') === true);
      assert.equal(
        (await helper.status('io', ({ fill }) => fill === 'grey')).text,
        'factory-io.status.foreign',
      );
      await helper.send('io', { payload: [false, true] });
      await known();
      await helper.send('io', { topic: 'stat/RESULT', payload: { POWER1: 'ON' } });
      assert.deepEqual([record('pump').state, record('fan').state], [false, false]);
    });

    it('is no failure of the far end where a Catch node brings an error of this very node', async () => {
      await load();
      await known();
      await helper.send('io', { payload: true, error: { message: 'nothing names', source: { id: 'io' } } });
      assert.equal(record().state, false);
      await helper.send('io', { payload: true, error: { message: 'no route', source: { id: 'far' } } });
      await until(() => record().state === null);
      assert.match(record().reason!, /no route/);
    });
  });

  describe('and what a broker has kept', () => {
    const kept = (message: Message): Promise<void> => helper.send('io', { qos: 1, retain: true, ...message });

    const replay = (message: Message): void =>
      helper.nodeById('io').receive({ qos: 1, retain: true, ...message } as never);

    it('shows it as uncertain where nothing else is known, until something fresh comes', async () => {
      const channels = [{ id: 'pump', line: 0, start: 'hold' }];
      await load([board({ channels }), io()], () => {});
      await kept({ topic: 'pump', payload: 'ON' });
      await known();
      assert.deepEqual(
        [record().state, record().verified, record().fault?.code],
        [true, null, 'unconfirmed'],
      );
      assert.equal(
        (await helper.status('io', ({ fill }) => fill === 'blue')).text,
        'factory-io.status.doubtful 0',
      );
      await helper.send('io', { topic: 'pump', payload: 'ON', qos: 1, retain: false });
      await until(() => record().fault === undefined);
      assert.equal(record().verified, 'line');
    });

    it('clears no failure with it, confirms no write by it, and takes being away from it', async () => {
      await load([board(), io({ writeTopic: 'set/{id}' })], (message) => {
        const { factory, payload } = message;
        if (factory?.relay === 'pump' && payload === true) replay({ topic: 'pump', payload });
        else helper.nodeById('io').receive({ topic: factory?.relay, payload });
      });
      await known();
      const { code, reason } = await command('on');
      assert.equal(code, 'unavailable');
      assert.match(reason!, /Only a retained message has come/);
      await helper.send('io', { payload: [false, true] });
      await known();
      await kept({ topic: 'x/status', payload: 'offline', online: false });
      await until(() => record().state === null);
      await kept({ topic: 'pump', payload: true });
      assert.equal(record().reason, 'the far end failed: it is offline');
    });

    it('takes it as fresh where it is set so', async () => {
      await load([board(), io({ writeTopic: 'set/{id}', takeRetained: true })], (message) => {
        written.push(message);
        replay({ topic: message.factory?.relay, payload: message.payload });
      });
      await known();
      assert.deepEqual([(await command('on')).code, record().fault], ['done', undefined]);
    });
  });

  describe('and messages of its own that a broker sends back', () => {
    /** A broker with one topic for commands and states, and a device that may be there. */
    const broker =
      (device: 'there' | 'gone', more: Message = {}) =>
      (message: Message): void => {
        written.push(message);
        const back = {
          topic: message.topic,
          payload: String(message.payload),
          qos: 1,
          retain: false,
          ...more,
        };
        helper.nodeById('io').receive(back as never);
        if (device === 'there') helper.nodeById('io').receive({ ...back } as never);
      };

    it('takes none of them for a read-back', async () => {
      await load(undefined, broker('gone'));
      await until(() => record()?.reason?.includes('no read-back') === true);
      assert.match(record().reason!, /no read-back of lines 0, 1/);
    });

    it('takes what the device says on the same topic', async () => {
      await load(undefined, broker('there'));
      await known();
      assert.equal((await command('on')).code, 'done');
    });

    it('takes them all where the broker is said to send none back', async () => {
      await load([board(), io({ skipEchoes: false })], broker('gone'));
      await known();
      assert.equal((await command('on')).code, 'done');
    });

    it('takes no question that comes back for an answer that is not understood', async () => {
      const channels = [{ id: 'pump', line: 0, start: 'hold' }];
      await load([board({ channels }), io()], () => {});
      await helper.send('io', { topic: 'pump', payload: '', qos: 0, retain: false });
      await helper.send('io', { topic: 'pump', payload: 'OFF', qos: 0, retain: false });
      await known();
      assert.equal(record().state, false);
    });

    it('says nothing of them on a board without read-back', async () => {
      await load([board({ readBack: 'none' }), io()], broker('gone'));
      await known();
      assert.equal((await command('on')).code, 'done');
    });
  });

  describe('with words and topics of the far end’s own', () => {
    it('writes and reads them', async () => {
      const words = { notation: 'own', onWord: '1', onWordType: 'num', offWord: '2', offWordType: 'num' };
      await load([board(), io(words)]);
      await known();
      assert.deepEqual(
        written.map(({ payload }) => payload),
        [2, 1],
      );
      await helper.send('io', { topic: 'pump', payload: '1\n' });
      await until(() => record().state === true);
      await helper.send('io', { topic: 'pump', payload: 0 });
      await until(() => record().state === null);
      assert.match(record().reason!, /it says "0"/);
    });

    it('has one topic for one relay, and a table for some of many', async () => {
      const one = [{ id: 'pump', line: 0, start: 'off' }];
      const topics = { notation: 'ON', writeTopic: 'cmnd/x/POWER', readTopic: 'stat/x/POWER' };
      const reply = (message: Message): void => {
        written.push(message);
        const topic = String(message.topic).replace('cmnd', 'stat');
        helper.nodeById('io').receive({ topic, payload: message.payload });
      };
      await load([board({ channels: one }), io(topics)], reply);
      await known();
      assert.equal((await command('on')).code, 'done');
      await helper.unload();
      forgetBoard('b');
      const table = [{ relay: 'fan', write: 'cmnd/y/POWER', read: 'stat/y/POWER' }];
      await load([board(), io({ ...topics, topics: table })], reply);
      await known();
      assert.deepEqual(
        written.map(({ topic }) => topic),
        ['cmnd/x/POWER', 'cmnd/y/POWER'],
      );
    });

    it('asks with what is set, or not at all', async () => {
      const channels = [{ id: 'pump', line: 0, start: 'hold' }];
      const nodes = (more: object): helper.FlowNode[] => [
        plantNode,
        ...others,
        io({ question: '{"state":""}', ...more }),
        board({ channels }),
      ];
      await helper.load([registerPlant, registerBoard, registerIo], nodes({}));
      assert.equal((await helper.next('ask')).payload, '{"state":""}');
      await helper.unload();
      forgetBoard('b');
      await helper.load([registerPlant, registerBoard, registerIo], nodes({ asks: false }));
      const { messages } = helper.collect('ask');
      await until(() => record()?.reason?.includes('no read-back') === true);
      assert.deepEqual(messages, []);
    });

    it('reads the bits of a Buffer', async () => {
      await load([board(), io({ buffer: 'bits' })]);
      await known();
      await helper.send('io', { payload: Buffer.from([0b01]) });
      await until(() => record('pump').state === true && record('fan').state === true);
    });
  });

  it('leaves nothing behind in 30 deploys', async () => {
    await load();
    await known();
    const count = (): number => messagePort('b').events.count();
    const before = count();
    for (let round = 0; round < 30; round++) await redeploy([board(), io()]);
    await known();
    assert.equal(count(), before);
  });
});
