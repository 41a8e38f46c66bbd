import type { Node, NodeAPI, NodeDef } from 'node-red';
import { stamp } from '../../lib/access/principal.ts';
import type { ClientMark } from '../../lib/live/answer.ts';
import type { FromClient } from '../../lib/live/live-events.ts';
import { tellRefused } from '../access.ts';
import { configNode, emit, onClose, onInput, whenStarted, type Message } from '../common.ts';
import { showClients } from '../live.ts';
import { answerOf } from './ask.ts';
import { Hearers } from './hearers.ts';

interface ClientsDef extends NodeDef {
  server?: string;
}

/** What the answer to a command is called where the client did not ask for an acknowledgement. */
const COMMAND_RESULT = 'command_result';

export default function register(RED: NodeAPI): void {
  const hearers = new Hearers();

  RED.nodes.registerType('factory-clients', function (this: Node, def: ClientsDef) {
    RED.nodes.createNode(this, def);
    const tell = (message: Message): void => emit(this, [null, message]);
    const trouble = (): string | undefined =>
      hearers.areSeveral(this) ? RED._('factory-clients.status.several') : undefined;
    const show = showClients(RED, this, def.server, trouble);
    let failed = false;

    // Not earlier: a command must not get lost on a wire whose other end is not there yet.
    whenStarted(RED, this, () => {
      const { live } = configNode(RED, def.server, 'factory-server');
      const { events } = live;
      const leave = [
        hearers.join(live, this, () => {
          if (!failed) show();
        }),
        events.on('command', ({ relay, payload, ack, ...from }) =>
          emit(this, [{ topic: relay, payload, ...marks(from, { ack, event: COMMAND_RESULT }) }, null]),
        ),
        events.on('connect', ({ client, ...from }) =>
          tell({ topic: 'connect', payload: client, ...marks(from) }),
        ),
        events.on('disconnect', ({ session, address, principal, reason }) =>
          // No mark of a session: nobody is left to answer.
          tell({
            topic: 'disconnect',
            payload: { session, address, principal: principal.name, reason },
            factory: { by: stamp(principal), from: address },
          }),
        ),
        events.on('request', ({ event, ...from }) =>
          tell({ topic: 'request', payload: { event }, ...marks(from) }),
        ),
        events.on('refused', (refused) =>
          tell({ topic: 'refused', payload: refused, factory: { from: refused.address } }),
        ),
        events.on('message', ({ event, args, ack, ...from }) =>
          tell({ topic: event, payload: args.length > 1 ? args : args[0], ...marks(from, { ack }) }),
        ),
      ];
      if (hearers.areSeveral(this)) this.warn(RED._('factory-clients.several'));
      onClose(this, () => {
        for (const off of leave) off();
      });
    });

    onInput(this, async (message, send) => {
      const showsError = failed;
      failed = true;
      const { live } = configNode(RED, def.server, 'factory-server');
      const answer = await answerOf({
        live,
        message,
        node: this.name || this.id,
        onRefused: (refused) => tellRefused(this, { ...refused, via: 'wire' }),
      });
      send([null, answer]);
      failed = false;
      if (showsError) show();
    });
  });
}

/** Origin of a message, sealed, and where an answer to it goes. Its `_msgid` is the event's, whichever node it leaves by. */
function marks(
  { eventId, session, address, principal }: FromClient,
  { ack, event }: { ack?: string | undefined; event?: string } = {},
): Pick<Message, '_msgid' | '_session' | 'factory'> {
  const mark: ClientMark = {
    type: 'factory-iot',
    id: session,
    ...(ack !== undefined && { ack }),
    ...(event !== undefined && { event }),
  };
  const cause = [{ kind: 'client', id: session, by: principal.name, from: address }] as const;
  return { _msgid: eventId, _session: mark, factory: { by: stamp(principal), from: address, cause } };
}
