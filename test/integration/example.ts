/** One example, imported and deployed, with its buttons to press and its nodes to listen at. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '../../nodes/common.ts';
import { root, type FlowNode, type NodeRed } from './harness.ts';

/** How long a message may take to come on a slow machine. */
const WITHIN_MS = 15_000;

interface Waiting {
  readonly node: string;
  readonly matches: (message: Message) => boolean;
  readonly resolve: (message: Message) => void;
}

export class Example {
  readonly #red: NodeRed;
  readonly #prefix: string;
  readonly #label: string;
  readonly #heard: { node: string; message: Message }[] = [];
  #waiting: Waiting[] = [];

  private constructor(red: NodeRed, prefix: string) {
    this.#red = red;
    this.#prefix = prefix;
    this.#label = `example-${prefix}`;
  }

  /**
   * Deploys the example of one node, `relay` for instance, alone; listens from before it starts. `adapt` sets what differs
   * from one machine to the next, such as a port.
   */
  static async deploy(
    red: NodeRed,
    name: string,
    adapt: (node: FlowNode) => FlowNode = (node) => node,
  ): Promise<Example> {
    const example = new Example(red, `ex-${name}-`);
    red.log.length = 0;
    red.RED.hooks.add(`onReceive.${example.#label}`, (event: unknown) => {
      const { msg, destination } = event as { msg: Message; destination: { id: string } };
      example.#hear(destination.id, msg);
    });
    await red.deploy(readExample(example.#prefix).map(adapt));
    return example;
  }

  /** Presses the button of an inject node, as the editor does. */
  async press(node: string): Promise<void> {
    const response = await fetch(`${this.#red.url}/editor/inject/${this.#prefix}${node}`, { method: 'POST' });
    assert.equal(response.status, 200, `inject ${node}`);
  }

  /** The first message that this node gets (or got already), or the first one that `matches`. */
  got(node: string, matches: (message: Message) => boolean = () => true): Promise<Message> {
    const id = this.#prefix + node;
    const before = this.#heard.find((heard) => heard.node === id && matches(heard.message));
    if (before) return Promise.resolve(before.message);
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        const heard = this.messages(node).map((message) => JSON.stringify(message.payload));
        reject(new Error(`${id} did not get it within ${WITHIN_MS} ms; it got: ${heard.join(' ')}`));
      }, WITHIN_MS);
      this.#waiting.push({
        node: id,
        matches,
        resolve(message) {
          clearTimeout(limit);
          resolve(message);
        },
      });
    });
  }

  /** Presses a button and waits for the next message at a node. */
  async ask(button: string, node: string): Promise<Message> {
    const before = new Set(this.messages(node));
    await this.press(button);
    return this.got(node, (message) => !before.has(message));
  }

  /** Everything that this node got so far. */
  messages(node: string): Message[] {
    return this.#heard.filter((heard) => heard.node === this.#prefix + node).map(({ message }) => message);
  }

  /** What Node-RED warned of meanwhile; the example stays deployed. */
  close(): string[] {
    this.#red.RED.hooks.remove(`*.${this.#label}`);
    return this.#red.log.splice(0);
  }

  #hear(node: string, message: Message): void {
    this.#heard.push({ node, message });
    const [now, later] = [[] as Waiting[], [] as Waiting[]];
    for (const each of this.#waiting) (each.node === node && each.matches(message) ? now : later).push(each);
    this.#waiting = later;
    for (const { resolve } of now) resolve(message);
  }
}

function readExample(prefix: string): FlowNode[] {
  const folder = join(root, 'examples');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    const flow = JSON.parse(readFileSync(join(folder, file), 'utf8')) as FlowNode[];
    if (flow[0]!.id.startsWith(prefix)) return flow;
  }
  throw new Error(`there is no example ${prefix}`);
}
