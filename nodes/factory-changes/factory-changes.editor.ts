import { parseGlobs } from '../../lib/base/glob.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';

RED.nodes.registerType('factory-changes', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-changes.svg',
  inputs: 0,
  outputs: 1,
  defaults: {
    name: { value: '' },
    plant: configChoice('factory-plant'),
    subject: { value: 'both', required: true },
    pattern: { value: '', validate: parsedBy(parseGlobs, 'factory-changes.invalid.pattern') },
  },
  label() {
    return this.name || this._('factory-changes.label');
  },
  paletteLabel() {
    return this._('factory-changes.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
});
