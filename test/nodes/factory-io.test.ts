import assert from 'node:assert/strict';
import type { ErrorCode } from '../../lib/base/errors.ts';
import { messagePort } from '../../lib/gpio/message-port.ts';
import type { RelayRecord } from '../../lib/relays/relay.ts';
import type { Message } from '../../nodes/common.ts';
import registerBoard from '../../nodes/factory-board/factory-board.ts';
import registerIo from '../../nodes/factory-io/factory-io.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import * as helper from './helper.ts';
import {
  answer,
  board,
  command,
  io,
  known,
  load,
  onIoBench,
  others,
  plant,
  plantNode,
  record,
  redeploy,
  refused,
  until,
  written,
} from './io-bench.ts';

describe('factory-io', () => {
  onIoBench();

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

  const PUMP = { id: 'pump', name: '', line: 0, activeLow: false, start: 'off' };
  const wrong: [string, helper.FlowNode[], RegExp][] = [
    ['no board', [io({ board: '' })], /no factory-board is chosen/],
    [
      'a board with another driver',
      [board({ driver: 'simulated' }), io()],
      /has no messages\. Open the board/,
    ],
    [
      'a board whose settings cannot work',
      [board({ channels: [PUMP, PUMP] }), io()],
      /does not run, because its settings cannot work\. Open the board/,
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
