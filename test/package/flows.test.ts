/** The flows that people read: flows/ (installed by npm start) and examples/ (in the editor's import menu). */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './house.ts';

interface FlowNode {
  id: string;
  type: string;
  z?: string;
  g?: string;
  x?: number;
  y?: number;
  w?: number;
  h?: number;
  name?: string;
  label?: string;
  info?: string;
  nodes?: string[];
  wires?: string[][];
  [property: string]: unknown;
}

/** The properties by which a node refers to a configuration node, or others to other nodes. */
const REFERENCES = ['plant', 'server', 'board', 'broker', 'group', 'page', 'ui', 'theme', 'tab'] as const;
/** Half of the height of a node, and of the narrowest one, on the canvas. */
const HALF = { height: 15, width: 20 };

const read = (path: string): FlowNode[] => JSON.parse(readFileSync(join(root, path), 'utf8')) as FlowNode[];
const list = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.json'))
        .map((file) => `${folder}/${file}`)
        .toSorted()
    : [];
const bundled = list('flows');
/** Bundled flows refer to the nodes of each other; an example stands alone. */
const all = bundled.flatMap(read);

describe('the bundled flows and the examples', () => {
  it('exist', () => {
    assert.ok(bundled.includes('flows/factory.json'));
    assert.notDeepEqual(list('examples'), []);
  });

  it('have ids that are unique across the bundled flows', () => {
    const ids = all.map(({ id }) => id);
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    );
  });
});

for (const file of [...bundled, ...list('examples')]) {
  describe(file, () => {
    const nodes = read(file);
    const universe = new Map((file.startsWith('flows/') ? all : nodes).map((node) => [node.id, node]));
    const placed = nodes.filter(({ x, type }) => x !== undefined && type !== 'group');
    const groups = nodes.filter(({ type }) => type === 'group');

    it('has ids of its own', () => {
      assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length);
      for (const { id, type } of nodes) assert.ok(id && type);
    });

    it('wires nodes that are there, on the same tab', () => {
      for (const { id, wires = [], z } of nodes)
        for (const target of wires.flat()) {
          assert.ok(universe.has(target), `${id} is wired to ${target}, which is not there`);
          assert.equal(universe.get(target)?.z, z, `${id} is wired to ${target} on another tab`);
        }
    });

    it('refers to tabs, groups and configuration nodes that are there', () => {
      for (const node of nodes) {
        for (const property of ['z', 'g', ...REFERENCES]) {
          const target = node[property];
          if (typeof target !== 'string' || target === '') continue;
          // A broker's own is its address.
          if (property === 'broker' && node.type === 'mqtt-broker') continue;
          assert.ok(universe.has(target), `${node.id}.${property} names ${target}, which is not there`);
        }
        for (const member of node.nodes ?? []) {
          assert.ok(universe.has(member), `${node.id} holds ${member}, which is not there`);
          assert.equal(universe.get(member)?.g, node.id, `${member} does not know that ${node.id} holds it`);
        }
      }
    });

    it('is laid out: every node lies in its group', () => {
      for (const { id, type, g, x = 0, y = 0 } of placed) {
        const group = groups.find((candidate) => candidate.id === g);
        // A title may stand above the groups; a small example needs none.
        if (!g && (type === 'comment' || groups.length === 0)) continue;
        assert.ok(group, `${id} lies in no group`);
        const { x: left = 0, y: top = 0, w = 0, h = 0 } = group;
        assert.ok(group.nodes?.includes(id), `${g} does not list ${id}`);
        assert.ok(x - HALF.width >= left && x + HALF.width <= left + w, `${id} sticks out of ${g} sideways`);
        assert.ok(y - HALF.height >= top && y + HALF.height <= top + h, `${id} sticks out of ${g}`);
      }
    });

    it('is laid out: nothing lies on anything else', () => {
      const inGroup = pairs(groups).filter(([a, b]) => a.z === b.z && overlap(a, b));
      assert.deepEqual(
        inGroup.map(([a, b]) => [a.id, b.id]),
        [],
      );
      const boxes = placed.map((node) => ({
        ...node,
        x: node.x! - HALF.width,
        y: node.y! - HALF.height,
        w: 2 * HALF.width,
        h: 2 * HALF.height,
      }));
      const onTop = pairs(boxes).filter(([a, b]) => a.z === b.z && overlap(a, b));
      assert.deepEqual(
        onTop.map(([a, b]) => [a.id, b.id]),
        [],
      );
    });

    it('explains itself: named tabs and groups, a comment with a text', () => {
      for (const { id, type, label, name } of nodes) {
        if (type === 'tab') assert.ok(label, `the tab ${id} has no name`);
        if (type === 'group') assert.ok(name, `the group ${id} has no name`);
      }
      const comments = nodes.filter(({ type }) => type === 'comment');
      assert.ok(comments.length > 0, 'there is no comment');
      for (const { id, name } of comments) assert.ok(name, `the comment ${id} says nothing`);
      const tabs = nodes.filter(({ type }) => type === 'tab');
      assert.ok(
        [...tabs, ...comments].some(({ info }) => info),
        'nothing has a description',
      );
    });
  });
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, index) => items.slice(index + 1).map((b): [T, T] => [a, b]));
}

function overlap(a: FlowNode, b: FlowNode): boolean {
  const apart = (start: number, size: number, otherStart: number, otherSize: number): boolean =>
    start + size <= otherStart || otherStart + otherSize <= start;
  const across = apart(a.x ?? 0, a.w ?? 0, b.x ?? 0, b.w ?? 0);
  return !across && !apart(a.y ?? 0, a.h ?? 0, b.y ?? 0, b.h ?? 0);
}
