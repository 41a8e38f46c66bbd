RED.nodes.registerType('factory-guard', {
  category: 'factory IoT',
  color: '#b8d8be',
  defaults: {
    name: { value: '' },
    deed: { value: 'switch', required: true },
    relay: { value: '' },
    area: { value: '' },
    anyBody: { value: false },
    trustDashboards: { value: false },
  },
  inputs: 1,
  outputs: 2,
  icon: 'factory-guard.svg',
  outputLabels(index) {
    return this._(`factory-guard.output.${index === 0 ? 'allowed' : 'refused'}`);
  },
  paletteLabel() {
    return this._('factory-guard.label');
  },
  label() {
    return this.name || this._('factory-guard.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
});
