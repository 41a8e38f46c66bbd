import type { Node, NodeAPI, NodeDef } from 'node-red';
import { authoriseMessage } from '../../lib/access/wire.ts';
import type { Cause } from '../../lib/base/cause.ts';
import { FactoryError } from '../../lib/base/errors.ts';
import { TIME_DOUBTS, type TimeDoubt } from '../../lib/base/source-time.ts';
import { checkId } from '../../lib/devices/limits.ts';
import { Input, type InputChange, type InputState } from '../../lib/inputs/input.ts';
import { InputLine } from '../../lib/inputs/line.ts';
import { parseInputId, parseSource } from '../../lib/inputs/settings.ts';
import { feedDevice } from '../../lib/plant/feed-device.ts';
import type { Plant } from '../../lib/plant/plant.ts';
import { readInput } from '../../lib/plant/read-input.ts';
import { access } from '../access.ts';
import { causeWith, stepOf } from '../cause.ts';
import {
  configNode,
  emit,
  inBackground,
  onClose,
  onInput,
  setStatus,
  warnOfUnmarkedDashboards,
  whenStarted,
  type Message,
} from '../common.ts';

interface InputDef extends NodeDef {
  plant: string;
  /** The input's id in its plant; `id` is Node-RED's own. */
  input?: string;
  /** `chardev`: a line of this machine; `message`: what flows in. */
  source?: string;
  chip?: unknown;
  line?: unknown;
  bias?: unknown;
  activeLow?: unknown;
  /** Milliseconds. */
  debounce?: unknown;
  /** The id of the device that it feeds; empty: none. */
  device?: string;
  /** Of `message`: takes messages that a broker kept (`msg.retain`) like fresh ones. */
  takeRetained?: boolean;
  /** Of `message`: takes what web requests, websockets and dashboards have caused, whoever sent them. */
  trustOutside?: boolean;
}

/** An input that is known to its plant. */
interface Opened {
  readonly plant: Plant;
  readonly input: Input;
  /** Undefined where messages say what it shows. */
  readonly line: InputLine | undefined;
  readonly leave: () => void;
}

export default function register(RED: NodeAPI): void {
  /** What messages said last, by node id: whoever said it need not say it again because of a deploy. */
  const memories = new Map<string, InputState>();

  RED.nodes.registerType('factory-input', function (this: Node, def: InputDef) {
    RED.nodes.createNode(this, def);
    const { device = '' } = def;
    let opened: Opened | undefined;
    let closed = false;
    const doubted = new Set<TimeDoubt>();

    /** Throws `config` each time that it is asked, so that whoever sends a message hears of it. */
    const open = (): Opened => {
      if (opened) return opened;
      const { plant } = configNode(RED, def.plant, 'factory-plant');
      const { clock } = plant;
      const source = parseSource({ ...def, bias: def.bias || undefined });
      if (device !== '') checkDevice(device);
      const id = parseInputId(def.input);
      const input = new Input({ id, clock, debounce: source.kind === 'message' ? source.debounce : 0 });
      const line =
        source.kind === 'message'
          ? undefined
          : new InputLine({ source, input, clock, consumer: `factory-iot:${def.name || id}` });
      const leave = plant.inputs.add(input);
      input.events.on('change', (change) => tell(plant, change));
      opened = { plant, input, line, leave };
      return opened;
    };

    const causedBy = (id: string, message: Message = {}): Cause =>
      causeWith(message, { ...stepOf(RED, this, message), kind: 'input', id });

    /**
     * Sends a change. Nothing is sent where the level is not known, as a boolean would be a lie: Catch nodes receive the
     * reason. A replay is no event.
     */
    const tell = (plant: Plant, { input, previous, cause, isReplayed, isRefused }: InputChange): void => {
      if (!input) return;
      show(this, RED, input);
      const message = messageOf(
        input,
        previous?.level ?? null,
        causedBy(input.id, cause as Message),
        cause as Message,
      );
      if (input.level === null) {
        const error = new FactoryError('unavailable', `${input.id}: ${input.reason ?? ''}`);
        if (!isRefused) this.error(error, message as never);
      } else if (!isReplayed) {
        if (previous?.level === null && previous.reason !== undefined) this.log('the input is known again');
        emit(this, message);
      }
      if (device === '') return;
      try {
        feedDevice(plant.devices, device, input, isReplayed);
      } catch (error) {
        this.error(error, message as never);
      }
    };

    const doubt = (cause: TimeDoubt): void => {
      if (doubted.has(cause)) return;
      doubted.add(cause);
      this.warn(`${TIME_DOUBTS[cause]}; the level counts as of its receipt, and as uncertain`);
    };

    // From now on the plant knows the input, as not known until something is read of it.
    inBackground(this, () => {
      setStatus(this, 'idle', RED._('factory-input.status.waiting'));
      open();
    });

    whenStarted(RED, this, async () => {
      if (!opened) return;
      const { plant, input, line } = opened;
      await plant.ready;
      if (closed) return;
      if (line) return line.open();
      if (!def.trustOutside) warnOfUnmarkedDashboards(RED, this);
      const { id, level = null, since = '' } = memories.get(this.id) ?? {};
      // It may have changed while nobody listened, and something newer may have come already.
      if (id === input.id && level !== null && input.state.level === null) {
        const reason = 'of before the deploy';
        input.take({ level, at: Date.parse(since), quality: 'uncertain', reason, isReplayed: true });
      }
    });

    onInput(this, async (message, send) => {
      const { plant, input, line } = open();
      await plant.ready;
      if (line) {
        line.read();
        const { level, reason } = input.state;
        if (level === null) throw new FactoryError('unavailable', reason ?? 'the line is not open yet');
        send(messageOf(input.state, level, causedBy(input.id, message), message));
        return;
      }
      const verdict = authoriseMessage(message, { trustDashboards: false, access }, 'write', {
        device: input.id,
      });
      if (!verdict.allowed && !def.trustOutside) throw new FactoryError(verdict.code, verdict.reason);
      readInput(input, message, {
        clock: plant.clock,
        takeRetained: def.takeRetained === true,
        onDoubt: doubt,
      });
      // What was wrong with an earlier message is past.
      show(this, RED, input.state);
    });

    onClose(this, async (removed) => {
      closed = true;
      if (!opened) return;
      const { input, line, leave } = opened;
      await line?.close();
      input.close();
      leave();
      if (removed || line) memories.delete(this.id);
      else memories.set(this.id, input.state);
    });
  });
}

/** To who made the settings they are wrong, not an input. */
function checkDevice(id: string): void {
  try {
    checkId(id);
  } catch (error) {
    throw new FactoryError('config', (error as Error).message, { remedy: 'Open the input and correct it' });
  }
}

/** The rest of the message that caused it stays. */
function messageOf(
  { id, level, quality, since: ts }: InputState,
  previous: unknown,
  cause: Cause,
  message: Message = {},
): Message {
  const factory = { ...message.factory, quality, ts, previous, cause };
  return { ...message, topic: id, payload: level, factory };
}

/** The runtime translates this: the editor would only find whole texts. */
function show(node: Node, RED: NodeAPI, { level, quality, reason }: InputState): void {
  if (level === null) {
    if (reason === undefined) setStatus(node, 'idle', RED._('factory-input.status.waiting'));
    else setStatus(node, 'error', reason);
    return;
  }
  const word = RED._(`factory-input.status.${level ? 'on' : 'off'}`);
  if (quality === 'good') setStatus(node, level ? 'ok' : 'idle', word);
  else setStatus(node, 'warn', `${word} · ${RED._('factory-input.status.uncertain')}`);
}
