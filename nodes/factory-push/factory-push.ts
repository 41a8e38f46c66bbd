import type { Node, NodeAPI, NodeDef } from 'node-red';
import { answer } from '../../lib/live/answer.ts';
import type { Origin } from '../../lib/live/sources.ts';
import { configNode, onInput, type MessageMeta } from '../common.ts';
import { showClients, tells } from '../live.ts';

interface PushDef extends NodeDef {
  server?: string;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-push', function (this: Node, def: PushDef) {
    RED.nodes.createNode(this, def);
    tells(this);
    const show = showClients(RED, this, def.server);
    let failed = false;
    onInput(this, ({ topic, payload, _session, factory }) => {
      const showsError = failed;
      failed = true;
      const { live } = configNode(RED, def.server, 'factory-server');
      if (_session === undefined || _session === null)
        live.publish(topic, payload, originOf(this.id, factory));
      else answer(live, _session, topic, payload);
      failed = false;
      if (showsError) show();
    });
  });
}

/** The nodes that a message came through, as far as it says; what a flow made of it need not. */
function originOf(push: string, factory: MessageMeta | undefined): Origin {
  const { node, again } = factory?.source ?? {};
  return typeof node === 'string' ? { push, teller: node, tellsAgain: again === true } : { push };
}
