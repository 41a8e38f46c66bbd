import { checkRelayId } from '../../lib/relays/limits.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';

/** Empty is for all relays, named by topic. */
function checkRelay(id: string): void {
  if (id !== '') checkRelayId(id);
}

RED.nodes.registerType('factory-relay', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-relay.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    plant: configChoice('factory-plant'),
    relay: { value: '', validate: parsedBy(checkRelay, 'factory-relay.invalid.relay') },
    byTopic: { value: false },
    trustDashboards: { value: false },
    takeRetained: { value: false },
  },
  label() {
    return this.name || this.relay || this._('factory-relay.label');
  },
  paletteLabel() {
    return this._('factory-relay.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  outputLabels(index) {
    return this._(index === 0 ? 'factory-relay.output.state' : 'factory-relay.output.result');
  },
});
