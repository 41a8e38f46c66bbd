import { configChoice } from '../editor/fields.ts';

RED.nodes.registerType('factory-push', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-push.svg',
  inputs: 1,
  outputs: 0,
  defaults: {
    name: { value: '' },
    server: configChoice('factory-server'),
  },
  label() {
    return this.name || this._('factory-push.label');
  },
  paletteLabel() {
    return this._('factory-push.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  align: 'right',
});
