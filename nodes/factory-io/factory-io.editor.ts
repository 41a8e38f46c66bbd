import { parseLineTopic } from '../../lib/gpio/line-topic.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';
import { parseFirst, parseReadTopic } from './settings.ts';

/** Empty is the relay's id alone. */
function checkWriteTopic(topic: string): void {
  if (topic !== '') parseLineTopic(topic, 'write');
}

RED.nodes.registerType('factory-io', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-io.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    board: configChoice('factory-board'),
    send: { value: 'each', required: true },
    notation: { value: 'boolean', required: true },
    writeTopic: { value: '', validate: parsedBy(checkWriteTopic, 'factory-io.invalid.writeTopic') },
    readTopic: { value: '', validate: parsedBy(parseReadTopic, 'factory-io.invalid.readTopic') },
    first: { value: 0, validate: parsedBy(parseFirst, 'factory-io.invalid.first') },
  },
  label() {
    return this.name || this._('factory-io.label');
  },
  paletteLabel() {
    return this._('factory-io.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('factory-io.input');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'factory-io.output.write' : 'factory-io.output.ask');
  },
});
