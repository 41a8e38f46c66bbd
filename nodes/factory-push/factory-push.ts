import type { Node, NodeAPI, NodeDef } from 'node-red';
import { answer } from '../../lib/live/answer.ts';
import { configNode, onInput } from '../common.ts';
import { showClients } from '../live.ts';

interface PushDef extends NodeDef {
  server?: string;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-push', function (this: Node, def: PushDef) {
    RED.nodes.createNode(this, def);
    const show = showClients(RED, this, def.server);
    let failed = false;
    onInput(this, ({ topic, payload, _session }) => {
      const showsError = failed;
      failed = true;
      const { live } = configNode(RED, def.server, 'factory-server');
      if (_session === undefined || _session === null) live.publish(topic, payload);
      else answer(live, _session, topic, payload);
      failed = false;
      if (showsError) show();
    });
  });
}
