import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../lib/base/clock.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { quote } from '../../lib/base/text.ts';
import { Echoes } from '../../lib/gpio/echoes.ts';
import { parseFarMessage } from '../../lib/gpio/line-reads.ts';
import { askMessages, writeMessages, type LineMessage } from '../../lib/gpio/line-writes.ts';
import { messagePort } from '../../lib/gpio/message-port.ts';
import type { Channel } from '../../lib/relays/channels.ts';
import { configNode, emit, onClose, onInput, whenStarted, type Message } from '../common.ts';
import { checkTopics, parseIoSettings, type IoForms, type IoSettings } from './settings.ts';
import { PortStatus } from './status.ts';

interface IoDef extends NodeDef, IoSettings {
  board: string;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-io', function (this: Node, def: IoDef) {
    RED.nodes.createNode(this, def);
    const port = messagePort(def.board);
    const echoes = new Echoes(systemClock);

    /** What the messages are about; asked each time, because the board may be deployed after this node. */
    const open = (): {
      forms: IoForms;
      channels: readonly Channel[];
      name: string;
    } => {
      const board = configNode(RED, def.board, 'factory-board');
      if (!attached.isServing) throw taken(board.name || board.id);
      const { channels } = board;
      if (!channels) throw brokenBoard(board.name || board.id);
      if (board.driver !== 'message') throw otherDriver(board.name || board.id);
      checkTopics(def, channels);
      return { forms: parseIoSettings(def), channels, name: board.name || board.id };
    };
    const sent = ({ relay, line, ...message }: LineMessage, board: string): Message => ({
      ...message,
      // A Catch node brings it back with the failure, which is then known to be this line's.
      factory: { board, ...(relay !== undefined && { relay }), ...(line !== undefined && { line }) },
    });

    const attached = port.attach({
      write: (levels, all) => {
        const { forms, channels, name } = open();
        // A broker that speaks MQTT 5 throws away what a device comes too late for.
        const messageExpiryInterval = Math.ceil(port.answerWithin / 1000);
        const messages = writeMessages(channels, levels, all, forms.write);
        for (const message of messages) {
          echoes.published(message, port.answerWithin);
          emit(this, [{ ...sent(message, name), messageExpiryInterval }, null]);
        }
      },
      ask: (lines) => {
        const { forms, channels, name } = open();
        for (const message of askMessages(channels, lines, forms.write)) {
          echoes.published(message, port.answerWithin);
          emit(this, [null, sent(message, name)]);
        }
      },
    });
    const status = new PortStatus({ node: this, RED, port, attached, clock: systemClock });

    whenStarted(RED, this, () => {
      // One that waits behind another is ready all the same: it takes over when that one goes.
      attached.ready();
      const error = status.follow(() => open().channels.map(({ line }) => line));
      // The status says it already, in its own words.
      if (error) this.error(error.toString());
    });

    onInput(this, (message) => {
      // A Catch node brings the errors of this node too, which say nothing of the far end.
      if (isErrorOf(message, this.id)) return;
      const { forms, channels, name } = open();
      // Only a broker sends messages back; on wires an answer may well look like its question.
      if (forms.skipEchoes && isFromBroker(message) && echoes.isEcho(message)) return;
      const report = parseFarMessage(message, channels, { ...forms.read, board: name });
      // An error that is thrown now is shown in the place of the state.
      status.forget();
      if (report.levels.size > 0 && port.isBlind) throw unasked();
      if (report.foreign !== undefined) status.foreign(report.foreign);
      port.hear(report);
      if (report.unknown.length > 0) throw unknownNames(report.unknown);
    });

    onClose(this, () => {
      status.stop();
      attached.detach();
    });
  });
}

function taken(board: string): FactoryError {
  return new FactoryError('config', `another node carries the messages of the board ${board} already`, {
    remedy: 'Remove one of the two, or choose another board in it',
  });
}

function brokenBoard(board: string): FactoryError {
  return new FactoryError('config', `the board ${board} does not run, because its settings cannot work`, {
    remedy: 'Open the board and correct what its own error says',
  });
}

function otherDriver(board: string): FactoryError {
  return new FactoryError('config', `the board ${board} has no messages`, {
    remedy: 'Open the board and choose “messages” as its driver, or choose another board in this node',
  });
}

function isErrorOf({ error }: Message, node: string): boolean {
  return (error as { source?: { id?: unknown } } | undefined)?.source?.id === node;
}

/** As the nodes for MQTT mark what they have received. */
function isFromBroker(message: Message): boolean {
  return message['qos'] !== undefined;
}

function unknownNames(names: readonly string[]): FactoryError {
  const list = names.slice(0, 5).map(quote).join(', ');
  return new FactoryError('unknown-relay', `${list}: no relay of this board has this name`, {
    remedy: 'Name levels by relay id or line number, and leave all else out',
  });
}

function unasked(): FactoryError {
  return new FactoryError('config', 'the board is set to have no read-back, and here is one', {
    remedy: 'Open the board and let its read-back arrive as messages',
  });
}
