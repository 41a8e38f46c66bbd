import { configChoice } from '../editor/fields.ts';

RED.nodes.registerType('factory-clients', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-clients.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    server: configChoice('factory-server'),
  },
  label() {
    return this.name || this._('factory-clients.label');
  },
  paletteLabel() {
    return this._('factory-clients.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('factory-clients.input');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'factory-clients.output.commands' : 'factory-clients.output.rest');
  },
});
