import { parseOrigins } from '../../lib/access/policy.ts';
import { DEFAULT_PATH, LIMITS, parseLimit, parsePath, type Limits } from '../../lib/live/settings.ts';
import { parsedBy } from '../editor/fields.ts';
import { showClients } from './clients.editor.ts';

/** Ends what the open dialog asks for. */
let end = (): void => {};

const limit = (name: keyof Limits) => ({
  value: LIMITS[name].standard,
  validate: parsedBy((value) => parseLimit(name, value), `factory-server.wrong.${name}`),
});

RED.nodes.registerType('factory-server', {
  category: 'config',
  defaults: {
    name: { value: '' },
    path: {
      value: DEFAULT_PATH,
      required: true,
      validate: parsedBy(parsePath, 'factory-server.wrong.path'),
    },
    access: { type: 'factory-access', value: '', required: false },
    origins: {
      value: '',
      validate: parsedBy(parseOrigins, 'factory-server.wrong.origins'),
    },
    maxClients: { required: true, ...limit('maxClients') },
    maxPerAddress: limit('maxPerAddress'),
    maxHalfOpen: limit('maxHalfOpen'),
    maxPacket: limit('maxPacket'),
    maxEvents: limit('maxEvents'),
    writesFrames: { value: true },
  },
  oneditprepare() {
    // What was made before there was the setting does as what is new.
    if (this.writesFrames === undefined) $('#node-config-input-writesFrames').prop('checked', true);
    end();
    end = showClients(this.id, (key, values) => this._(`factory-server.${key}`, values as never));
  },
  oneditsave: () => end(),
  oneditcancel: () => end(),
  oneditdelete: () => end(),
  label() {
    return this.name || `${this._('factory-server.label')} ${this.path}`;
  },
});
