import { basePath } from '../../lib/api/path.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';

RED.nodes.registerType('factory-api', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-api.svg',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    plant: configChoice('factory-plant'),
    server: configChoice('factory-server'),
    base: {
      value: '/api',
      required: true,
      validate: parsedBy(basePath, 'factory-api.invalid.base'),
    },
  },
  label() {
    return this.name || this._('factory-api.label');
  },
  paletteLabel() {
    return this._('factory-api.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
});
