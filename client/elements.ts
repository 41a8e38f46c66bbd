/**
 * The cards of the plant as elements for any page: `<factory-badge>`, `<factory-relays>`, `<factory-devices>`,
 * `<factory-host>`, `<factory-messages>`, `<factory-audit>`, `<factory-native>`. Loading this twice does no harm: a dashboard's
 * template is drawn anew each time that its page is shown.
 */
import { FactoryAudit } from './ui/audit.ts';
import { FactoryBadge } from './ui/badge.ts';
import { FactoryDevice } from './ui/device.ts';
import { FactoryDevices } from './ui/devices.ts';
import { FactoryHost } from './ui/host.ts';
import { FactoryMessages } from './ui/messages.ts';
import { FactoryNative } from './ui/native.ts';
import { FactoryRelays } from './ui/relays.ts';

export { connect } from './factory-client.ts';
export { configure, cut, plant, pulse, setLanguage, setTheme } from './ui/page.ts';
export { introduce } from './ui/introduce.ts';
export { signInPage } from './ui/who.ts';

const ELEMENTS = {
  'factory-audit': FactoryAudit,
  'factory-badge': FactoryBadge,
  'factory-device': FactoryDevice,
  'factory-devices': FactoryDevices,
  'factory-host': FactoryHost,
  'factory-messages': FactoryMessages,
  'factory-native': FactoryNative,
  'factory-relays': FactoryRelays,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}
