import { parseOrigins } from '../../lib/access/policy.ts';
import { DEFAULT_MAX_CLIENTS, DEFAULT_PATH, parseMaxClients, parsePath } from '../../lib/live/settings.ts';
import { parsedBy } from '../editor/fields.ts';
import { showClients } from './clients.editor.ts';

/** Ends what the open dialog asks for. */
let end = (): void => {};

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
    maxClients: {
      value: DEFAULT_MAX_CLIENTS,
      required: true,
      validate: parsedBy(parseMaxClients, 'factory-server.wrong.maxClients'),
    },
  },
  oneditprepare() {
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
