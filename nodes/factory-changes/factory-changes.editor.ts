import { MAX_GLOB_LENGTH } from '../../lib/base/glob.ts';
import { configChoice, validator } from '../editor/fields.ts';

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
    pattern: {
      value: '',
      validate: validator((pattern) =>
        typeof pattern === 'string' && pattern.length > MAX_GLOB_LENGTH
          ? 'factory-changes.invalid.pattern'
          : undefined,
      ),
    },
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
