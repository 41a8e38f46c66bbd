import { configChoice } from '../editor/fields.ts';

RED.nodes.registerType('factory-query', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-query.svg',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    plant: configChoice('factory-plant'),
    subject: { value: 'devices', required: true },
    output: { value: 'array', required: true },
  },
  label() {
    return this.name || this._('factory-query.label');
  },
  paletteLabel() {
    return this._('factory-query.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
});
