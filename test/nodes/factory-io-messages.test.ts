import assert from 'node:assert/strict';
import { forgetBoard } from '../../lib/gpio/drivers.ts';
import type { Message } from '../../nodes/common.ts';
import registerBoard from '../../nodes/factory-board/factory-board.ts';
import registerIo from '../../nodes/factory-io/factory-io.ts';
import registerPlant from '../../nodes/factory-plant/factory-plant.ts';
import * as helper from './helper.ts';
import {
  board,
  command,
  io,
  known,
  load,
  onIoBench,
  others,
  plantNode,
  record,
  refused,
  until,
  written,
} from './io-bench.ts';

describe('factory-io and what its far end says', () => {
  onIoBench();

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
});
