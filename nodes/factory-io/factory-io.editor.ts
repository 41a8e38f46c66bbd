import { parseLineTopic } from '../../lib/gpio/line-topic.ts';
import { configChoice, parsedBy } from '../editor/fields.ts';
import {
  parseFirst,
  parseQuestion,
  parseReadTopic,
  parseTopics,
  parseWords,
  type IoSettings,
  type TopicRow,
} from './settings.ts';
import { readTopics, showTopics } from './topics.editor.ts';

/** Empty is the relay's id alone. */
function checkWriteTopic(topic: string): void {
  if (topic !== '') parseLineTopic(topic, 'write');
}

/** The words of one's own, which count for one way to write levels alone. */
function checkWords(
  this: IoSettings & { _(key: string): string },
  _value: string,
  _options: unknown,
): unknown {
  if (this.notation !== 'own') return true;
  try {
    parseWords(this);
    return true;
  } catch {
    return this._('factory-io.invalid.words');
  }
}
const wordsFit = checkWords as unknown as (value: string) => boolean;

/** One with its type beside it, as text or as a number. */
function offerWord(which: 'on' | 'off'): void {
  $(`#node-input-${which}Word`).typedInput({
    default: 'str',
    types: ['str', 'num'],
    typeField: $(`#node-input-${which}WordType`),
  });
}

RED.nodes.registerType('factory-io', {
  category: 'factory IoT',
  color: '#b8d8be',
  icon: 'factory-io.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    board: configChoice('factory-board'),
    send: { value: 'each', required: true },
    notation: { value: 'boolean', required: true },
    onWord: { value: '', validate: wordsFit },
    onWordType: { value: 'str' },
    offWord: { value: '', validate: wordsFit },
    offWordType: { value: 'str' },
    writeTopic: { value: '', validate: parsedBy(checkWriteTopic, 'factory-io.invalid.writeTopic') },
    readTopic: { value: '', validate: parsedBy(parseReadTopic, 'factory-io.invalid.readTopic') },
    topics: { value: [] as TopicRow[], validate: parsedBy(parseTopics, 'factory-io.invalid.topics') },
    first: { value: 0, validate: parsedBy(parseFirst, 'factory-io.invalid.first') },
    buffer: { value: 'bytes' },
    asks: { value: true },
    question: { value: '', validate: parsedBy(parseQuestion, 'factory-io.invalid.question') },
    takeRetained: { value: false },
    skipEchoes: { value: true },
  },
  label() {
    return this.name || this._('factory-io.label');
  },
  paletteLabel() {
    return this._('factory-io.label');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('factory-io.input');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'factory-io.output.write' : 'factory-io.output.ask');
  },
  oneditprepare() {
    offerWord('on');
    offerWord('off');
    // A flow file may leave these out.
    const { asks, skipEchoes, buffer, topics }: IoSettings = this;
    $('#node-input-asks').prop('checked', asks !== false);
    $('#node-input-skipEchoes').prop('checked', skipEchoes !== false);
    if (!buffer) $('#node-input-buffer').val('bytes');
    const showWords = (): void => {
      $('#factory-io-words').toggle($('#node-input-notation').val() === 'own');
    };
    $('#node-input-notation').on('change', showWords);
    showWords();
    const showQuestion = (): void => {
      $('#factory-io-question').toggle($('#node-input-asks').prop('checked') === true);
    };
    $('#node-input-asks').on('change', showQuestion);
    showQuestion();
    showTopics($('#factory-io-topics'), parseTopics(topics), (key) => this._(`factory-io.${key}`));
  },
  oneditsave() {
    this.topics = readTopics($('#factory-io-topics'));
  },
  oneditresize() {
    $('#factory-io-topics').editableList('height', 'auto');
  },
});
