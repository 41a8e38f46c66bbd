import assert from 'node:assert/strict';
import * as layout from '../../../lib/gpio/layout.ts';

/** Numbers of <linux/gpio.h> on x86-64 and arm64, as a compiler gives them for that header. */
describe('the layout of the character device', () => {
  it('has the sizes of the kernel', () => {
    assert.deepEqual(layout.SIZES, {
      chipInfo: 68,
      lineInfo: 256,
      lineConfig: 272,
      lineRequest: 592,
      lineValues: 16,
      lineEvent: 48,
    });
  });

  it('has the commands of the kernel', () => {
    assert.deepEqual(layout.IOCTL, {
      chipInfo: 0x8044b401,
      lineInfo: 0xc100b405,
      getLine: 0xc250b407,
      setConfig: 0xc110b40d,
      getValues: 0xc010b40e,
      setValues: 0xc010b40f,
    });
  });

  it('puts a request where the kernel looks for it', () => {
    const request = layout.encodeRequest({
      lines: [17, 27],
      consumer: 'factory',
      config: {
        flags: 8n,
        attributes: [
          { id: 'flags', value: 10n, mask: 1n },
          { id: 'values', value: 2n, mask: 3n },
        ],
      },
    });
    assert.equal(request.length, 592);
    assert.deepEqual(
      [request.readUInt32LE(0), request.readUInt32LE(4), request.readUInt32LE(8)],
      [17, 27, 0],
    );
    assert.equal(request.toString('latin1', 256, 264), 'factory\0');
    assert.equal(request.readBigUInt64LE(288), 8n);
    assert.equal(request.readUInt32LE(296), 2);
    // Two attributes, each of 24 bytes: id, value, mask.
    assert.deepEqual(
      [320, 344].map((at) => [
        request.readUInt32LE(at),
        request.readBigUInt64LE(at + 8),
        request.readBigUInt64LE(at + 16),
      ]),
      [
        [1, 10n, 1n],
        [2, 2n, 3n],
      ],
    );
    assert.equal(request.readUInt32LE(560), 2);
    request.writeInt32LE(23, 588);
    assert.equal(layout.decodeRequestFd(request), 23);
  });

  it('cuts the name of the consumer between two characters, and ends it', () => {
    const consumer = `factory-iot:${'م'.repeat(20)}`;
    const request = layout.encodeRequest({ lines: [1], consumer, config: { flags: 0n, attributes: [] } });
    assert.equal(request.toString('utf8', 256, 288).replace(/\0+$/, ''), `factory-iot:${'م'.repeat(9)}`);
    assert.equal(request[287], 0);
  });

  it('has a debounce period, which is 32 bits wide, in front', () => {
    const attributes = [{ id: 'debounce', value: 20_000n, mask: 1n }] as const;
    const config = layout.encodeConfig({ flags: 4n, attributes });
    assert.deepEqual([config.readUInt32LE(32), config.readUInt32LE(40)], [3, 20_000]);
  });

  it('finds what the kernel says of a chip and a line', () => {
    const chip = Buffer.alloc(68);
    chip.write('gpiochip0', 0);
    chip.write('pinctrl-bcm2711', 32);
    chip.writeUInt32LE(58, 64);
    assert.deepEqual(layout.decodeChipInfo(chip), { name: 'gpiochip0', label: 'pinctrl-bcm2711', lines: 58 });
    const line = layout.encodeLineInfo(17);
    assert.equal(line.readUInt32LE(64), 17);
    line.write('GPIO17', 0);
    line.write('x'.repeat(32), 32);
    line.writeBigUInt64LE(11n, 72);
    assert.deepEqual(layout.decodeLineInfo(line), {
      line: 17,
      name: 'GPIO17',
      consumer: 'x'.repeat(32),
      flags: 11n,
    });
  });

  it('finds the edges of one read', () => {
    const events = Buffer.alloc(96);
    events.writeBigUInt64LE(123_456_789_012n, 0);
    events.writeUInt32LE(1, 8);
    events.writeUInt32LE(17, 12);
    events.writeUInt32LE(5, 16);
    events.writeUInt32LE(2, 48 + 8);
    events.writeUInt32LE(27, 48 + 12);
    events.writeUInt32LE(6, 48 + 16);
    assert.deepEqual(layout.decodeEvents(events), [
      { nanoseconds: 123_456_789_012n, on: true, line: 17, sequence: 5 },
      { nanoseconds: 0n, on: false, line: 27, sequence: 6 },
    ]);
    assert.deepEqual(layout.decodeEvents(Buffer.alloc(0)), []);
  });

  it('counts the edges that are missing', () => {
    const edges = (...of: number[]): layout.LineEvent[] =>
      of.map((sequence) => ({ nanoseconds: 0n, on: true, line: 1, sequence }));
    assert.equal(layout.missedBetween(0, edges(1, 2)), 0);
    assert.equal(layout.missedBetween(2, edges(5, 6, 9)), 4);
    assert.equal(layout.missedBetween(4_294_967_295, edges(0, 1)), 0);
    assert.equal(layout.missedBetween(7, []), 0);
  });

  it('has 64 lines in a number', () => {
    const values = layout.encodeValues(1n << 63n, (1n << 64n) - 1n);
    assert.equal(layout.decodeValues(values), 1n << 63n);
    assert.equal(values.readBigUInt64LE(8), 0xffff_ffff_ffff_ffffn);
  });
});
