import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { Verdict } from '../../lib/access/authorise.ts';
import { authoriseMessage, FLOW } from '../../lib/access/wire.ts';
import { because, type Cause } from '../../lib/base/cause.ts';
import { nameKey } from '../../lib/base/text.ts';
import { askRelay } from '../../lib/plant/ask-relay.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { qualityOf } from '../../lib/relays/record.ts';
import type { RelayRecord } from '../../lib/relays/relay.ts';
import { access } from '../access.ts';
import { causeOf, stepOf } from '../cause.ts';
import { leaverOf } from '../live.ts';
import {
  configNode,
  emit,
  onClose,
  onInput,
  setStatus,
  warnOfUnmarkedDashboards,
  whenStarted,
  type Message,
} from '../common.ts';

interface RelayDef extends NodeDef {
  plant: string;
  /** The relay's id; empty: all relays, named by topic. */
  relay?: string;
  /** Whether a message's topic names the relay; the setting counts where there is none. */
  byTopic?: boolean;
  trustDashboards?: boolean;
  /** True to take a retained message as a command of now. */
  takeRetained?: boolean;
}

/** What plant changes calls a relay; its id alone is as good. */
const TOPIC = /^(?:relays\/)?/;

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('factory-relay', function (this: Node, def: RelayDef) {
    RED.nodes.createNode(this, def);
    const own = def.relay ?? '';
    const trust = { trustDashboards: def.trustDashboards === true, access };
    const leave: (() => void)[] = [];
    let closed = false;

    const open = async (): Promise<Plant> => {
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      await plant.ready;
      return plant;
    };
    const relayOf = ({ topic }: Message): string =>
      def.byTopic && typeof topic === 'string' && topic !== '' ? topic.replace(TOPIC, '') : own;

    /** Nothing goes out where the state is not known: a boolean would be a lie. The status says why. */
    const tell = (relay: RelayRecord, previous: boolean | null): void => {
      if (relay.state === null) return;
      const { changed: ts, simulated } = relay;
      const factory = { ts, quality: qualityOf(relay), previous, ...(simulated && { simulated }) };
      emit(this, [{ topic: relay.id, payload: relay.state, factory }, null]);
    };

    /** The topic of a message that tells what a condition of some relay is judged by, and commands none. */
    const heardOf = ({ conditions }: Plant, { topic }: Message): string | undefined =>
      typeof topic === 'string' && conditions.hears(topic) ? topic : undefined;

    whenStarted(RED, this, async () => {
      if (!trust.trustDashboards) warnOfUnmarkedDashboards(RED, this);
      const plant = await open();
      if (closed) return;
      const ownKey = nameKey(own);
      const mine = ({ id }: { id: string }): boolean => own === '' || nameKey(id) === ownKey;
      const show = (): void => showRelays(this, RED, plant.relays.list().filter(mine));
      leave.push(
        plant.relays.events.on('change', (change) => {
          if (!mine(change)) return;
          show();
          if (change.relay) tell(change.relay, change.previous?.state ?? null);
        }),
      );
      for (const relay of plant.relays.list().filter(mine)) tell(relay, null);
      show();
    });

    onInput(this, async (message, send) => {
      const plant = await open();
      const heard = heardOf(plant, message);
      const id = heard ?? relayOf(message);
      const { area } = plant.relays.get(id) ?? {};
      const verdict =
        heard === undefined
          ? authoriseMessage(message, trust, 'switch', { relay: id, area })
          : authoriseMessage(message, trust, 'write', { device: heard });
      const cause = because(began(message, verdict), stepOf(RED, this, message));
      // As mqtt in marks what a broker has kept and delivers again.
      const isReplayed = message['retain'] === true && def.takeRetained !== true;
      if (heard !== undefined && verdict.allowed) {
        const isBad = message.factory?.quality === 'bad';
        plant.conditions.say(heard, message.payload, { isBad, isReplayed, cause });
        return;
      }
      const from =
        verdict.allowed && verdict.principal.address ? verdict.principal.address : this.name || this.id;
      const result = await askRelay(plant, {
        relay: id,
        payload: message.payload,
        verdict,
        from,
        isReplayed,
        cause,
        gone: leaverOf(message),
      });
      if (!result.ok || result.code === 'duplicate') {
        // Whatever asked may show what it asked for, or an answer of earlier; this puts it back to what is.
        const relay = plant.relays.get(result.relay);
        if (relay) tell(relay, relay.state);
      }
      // The seal has done its work; a dashboard behind this would hand it to browsers.
      const { by: _by, ...factory } = message.factory ?? {};
      send([null, { ...message, payload: result, factory: { ...factory, result } }]);
    });

    onClose(this, () => {
      closed = true;
      for (const off of leave) off();
    });
  });
}

/** What led to a message; of one from outside at least who it is from. */
function began(message: Message, verdict: Verdict): Cause {
  const cause = causeOf(message);
  if (cause.length > 0 || !verdict.allowed || verdict.principal.name === FLOW) return cause;
  const { name: by, address: from } = verdict.principal;
  return [{ kind: 'client', by, ...(from && { from }) }];
}

/** The runtime translates this: the editor would only find whole texts. */
function showRelays(node: Node, RED: NodeAPI, relays: readonly RelayRecord[]): void {
  const [first] = relays;
  const lost = relays.find(({ state }) => state === null);
  const tripped = relays.find((relay) => relay.tripped);
  const faulty = relays.find(({ fault }) => fault);
  if (!first) {
    setStatus(node, 'error', 'common.error.unknown-relay');
  } else if (lost) {
    setStatus(node, 'error', `${lost.id}: ${lost.reason ?? RED._('common.error.unavailable')}`);
  } else if (tripped) {
    const word = RED._('factory-relay.status.tripped');
    setStatus(node, 'error', `${tripped.id}: ${word}: ${tripped.tripped!.reason}`);
  } else if (faulty) {
    setStatus(node, 'error', `${faulty.id}: ${faulty.fault!.reason}`);
  } else {
    const on = relays.filter(({ state }) => state).length;
    const word = RED._(`factory-relay.status.${on > 0 ? 'on' : 'off'}`);
    const words = [
      relays.length === 1 ? word : `${RED._('factory-relay.status.on')}: ${on}/${relays.length}`,
    ];
    if (relays.some(({ forced }) => forced)) words.push(RED._('factory-relay.status.forced'));
    if (relays.some(({ simulated }) => simulated)) words.push(RED._('factory-relay.status.simulated'));
    setStatus(node, on > 0 ? 'ok' : 'idle', words.join(' · '));
  }
}
