import { checkId } from '../../lib/devices/limits.ts';
import { parseChip, parseDebounce, parseInputId, parseLine } from '../../lib/inputs/settings.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';
import { offerLines } from './lines.editor.ts';

/** Of a line alone: what the other source does not use may be anything. */
function ofLine(parse: (value: never) => unknown, key: string): (value: string) => boolean {
  const validate = parsedBy(parse, key);
  // The editor reads the arity: two parameters say that what comes back may be a text, and is then shown.
  const ofSource = function (this: { source?: string }, value: string, _options: unknown): unknown {
    return this.source === 'message' ? true : validate.call(this as never, value);
  };
  return ofSource as (value: string) => boolean;
}

/** Empty is for an input that feeds none. */
function checkDevice(id: string): void {
  if (id !== '') checkId(id);
}

RED.nodes.registerType('factory-input', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-input.svg',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    plant: configChoice('factory-plant'),
    input: { value: '', required: true, validate: parsedBy(parseInputId, 'factory-input.invalid.input') },
    source: { value: 'chardev' },
    chip: { value: '', validate: ofLine(parseChip, 'factory-input.invalid.chip') },
    line: { value: '', validate: ofLine(parseLine, 'factory-input.invalid.line') },
    bias: { value: 'as-is' },
    activeLow: { value: false },
    debounce: { value: '20', validate: parsedBy(parseDebounce, 'factory-input.invalid.debounce') },
    device: { value: '', validate: parsedBy(checkDevice, 'factory-input.invalid.device') },
    takeRetained: { value: false },
    trustOutside: { value: false },
  },
  label() {
    return this.name || this.input || this._('factory-input.label');
  },
  paletteLabel() {
    return this._('factory-input.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  oneditprepare() {
    const source = $('#node-input-source');
    source
      .on('change', () => {
        const isLine = source.val() !== 'message';
        $('.factory-input-chardev').toggle(isLine);
        $('.factory-input-message').toggle(!isLine);
        // What counts for one source alone is judged anew.
        $('#node-input-chip, #node-input-line').trigger('change');
      })
      .trigger('change');
    offerLines((key) => this._(`factory-input.${key}`));
  },
});
