import { MAX_RETENTION_DAYS, parseRetention, RETENTION_DAYS } from '../../lib/plant/retention.ts';
import { parsedBy, validator } from '../editor/fields.ts';

/** Characters: the longest path that Linux takes, less what may stand before it. */
const MAX_FILE_LENGTH = 1000;

/** As the runtime tells it; both times in ISO 8601. */
interface ClockState {
  readonly trusted: boolean;
  readonly now: string;
  readonly expected: string;
}

function local(time: string): string {
  return new Date(time).toLocaleString();
}

RED.nodes.registerType('factory-plant', {
  category: 'config',
  defaults: {
    name: { value: '', required: true },
    storage: { value: 'sqlite', required: true },
    file: {
      value: '',
      validate: validator((file) => {
        if (typeof file !== 'string' || file === '') return undefined;
        if (file.length > MAX_FILE_LENGTH) return 'factory-plant.invalid.long';
        return /[/\\]\s*$/.test(file) ? 'factory-plant.invalid.folder' : undefined;
      }),
    },
    retention: { value: 365, validate: parsedBy(parseRetention, 'factory-plant.invalid.retention') },
  },
  label() {
    return this.name || this._('factory-plant.label');
  },
  oneditprepare() {
    const standard = `factory-iot/${this.id}.db`;
    $('#node-config-input-file').attr('placeholder', standard);
    $('#factory-plant-standard').text(standard);
    $('#node-config-input-retention').attr({ min: 1, max: MAX_RETENTION_DAYS, placeholder: RETENTION_DAYS });
    $('#node-config-input-storage')
      .on('change', (event) => {
        const sqlite = $(event.currentTarget).val() === 'sqlite';
        $('.factory-plant-sqlite').toggle(sqlite);
        $('.factory-plant-memory').toggle(!sqlite);
      })
      .trigger('change');
    const text = (key: string, values: object): string =>
      this._(`factory-plant.clock.${key}`, values as never);
    const show = (clock: ClockState): void => {
      $('#factory-plant-clock').toggle(!clock.trusted);
      $('#factory-plant-clock-text').text(
        text('suspect', { now: local(clock.now), expected: local(clock.expected) }),
      );
    };
    $.getJSON('factory-iot/clock').then(show, () => {});
    $('#factory-plant-clock-right').on('click', () => {
      const body = { type: 'POST', contentType: 'application/json', data: JSON.stringify({ trusted: true }) };
      $.ajax({ url: 'factory-iot/clock', ...body }).then(show, (failed: { status: number }) => {
        RED.notify(text('failed', { status: failed.status }), 'error');
      });
    });
  },
});
