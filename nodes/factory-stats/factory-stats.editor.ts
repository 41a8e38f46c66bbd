import {
  DEFAULT_INTERVAL_S,
  LONGEST_INTERVAL_S,
  parseInterval,
  SHORTEST_INTERVAL_S,
} from '../../lib/stats/interval.ts';
import { parsedBy } from '../editor/fields.ts';

RED.nodes.registerType('factory-stats', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-stats.svg',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    interval: {
      value: DEFAULT_INTERVAL_S,
      required: true,
      validate: parsedBy(parseInterval, 'factory-stats.invalid.interval'),
    },
  },
  label() {
    return this.name || this._('factory-stats.label');
  },
  paletteLabel() {
    return this._('factory-stats.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  oneditprepare() {
    $('#node-input-interval').attr({ min: SHORTEST_INTERVAL_S, max: LONGEST_INTERVAL_S });
  },
});
