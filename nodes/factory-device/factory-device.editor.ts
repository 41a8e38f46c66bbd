import { parseTopicPattern } from '../../lib/devices/topic-pattern.ts';
import * as limits from '../../lib/devices/limits.ts';
import { configChoice, validator } from '../editor/fields.ts';

/** A text of at most so many characters. */
function upTo(max: number): { value: string; validate: (value: string) => boolean } {
  const validate = validator((text) =>
    typeof text === 'string' && text.length > max ? 'factory-device.invalid.long' : undefined,
  );
  return { value: '', validate };
}

/** The same check as the one that runs when the flow is deployed. */
function fails(check: () => unknown): boolean {
  try {
    check();
    return false;
  } catch {
    return true;
  }
}

RED.nodes.registerType('factory-device', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-device.svg',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    plant: configChoice('factory-plant'),
    device: {
      value: '',
      validate: validator((id) =>
        typeof id === 'string' && id !== '' && fails(() => limits.checkId(id))
          ? 'factory-device.invalid.device'
          : undefined,
      ),
    },
    pattern: {
      value: '',
      validate: validator((pattern) =>
        typeof pattern === 'string' && pattern !== '' && fails(() => parseTopicPattern(pattern))
          ? 'factory-device.invalid.pattern'
          : undefined,
      ),
    },
    deviceName: upTo(limits.MAX_NAME_LENGTH),
    deviceType: upTo(limits.MAX_TYPE_LENGTH),
    unit: upTo(limits.MAX_UNIT_LENGTH),
  },
  label() {
    return this.name || this.device || this._('factory-device.label');
  },
  paletteLabel() {
    return this._('factory-device.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  oneditprepare() {
    $('#node-input-device')
      .on('input change', (event) => {
        const one = $(event.currentTarget).val() !== '';
        $('.factory-device-one').toggle(one);
      })
      .trigger('change');
  },
});
