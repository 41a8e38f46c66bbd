import { parseTopicPattern } from '../../lib/devices/topic-pattern.ts';
import * as limits from '../../lib/devices/limits.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';
import { proposeInterval } from './interval.editor.ts';

/** A text of at most so many characters. */
function upTo(max: number): { value: string; validate: (value: string) => boolean } {
  const check = (text = ''): void => limits.checkText('', text, max);
  return { value: '', validate: parsedBy(check, 'factory-device.invalid.long') };
}

/** Empty is for a device that the message names. */
function checkDevice(id: string): void {
  if (id !== '') limits.checkId(id);
}

function checkPattern(pattern: string): void {
  if (pattern !== '') parseTopicPattern(pattern);
}

/** Nodes of earlier builds have none. */
function checkAvailability(pattern = ''): void {
  if (pattern !== '') parseTopicPattern(pattern, { needsId: false });
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
    device: { value: '', validate: parsedBy(checkDevice, 'factory-device.invalid.device') },
    pattern: { value: '', validate: parsedBy(checkPattern, 'factory-device.invalid.pattern') },
    deviceName: upTo(limits.MAX_NAME_LENGTH),
    deviceType: upTo(limits.MAX_TYPE_LENGTH),
    unit: upTo(limits.MAX_UNIT_LENGTH),
    interval: { value: '', validate: parsedBy(limits.parseInterval, 'factory-device.invalid.interval') },
    availability: {
      value: '',
      validate: parsedBy(checkAvailability, 'factory-device.invalid.availability'),
    },
    takeRetained: { value: false },
    keepWords: { value: false },
    trustOutside: { value: false },
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
    proposeInterval(this.id, (key) => this._(`factory-device.${key}`));
    $('#node-input-device')
      .on('input change', (event) => {
        const one = $(event.currentTarget).val() !== '';
        $('.factory-device-one').toggle(one);
      })
      .trigger('change');
  },
});
