import { packageInfo } from '../base/package-info.ts';
import { MAX_BODY_BYTES } from './body.ts';

/** A dashboard of this Node-RED: node-red-dashboard is 1, its successor 2. */
export interface Screen {
  readonly dashboard: 1 | 2;
  readonly path: string;
}

export interface Surroundings {
  /** The full path of the API's base. */
  readonly api: string;
  /** The path of Socket.IO. */
  readonly socket: string;
  /** Node-RED's version. */
  readonly nodeRed: string;
  /** The path of Node-RED's editor; undefined where it is switched off. */
  readonly editor: string | undefined;
  /** The dashboards that have a page now. */
  readonly dashboards: readonly Screen[];
}

/** What `GET config` tells. Named one by one, so that nothing gets in by itself: everyone who reads sees it. */
export function clientConfig({ api, socket, nodeRed }: Surroundings): object {
  return {
    server: { path: socket, api, max_body_bytes: MAX_BODY_BYTES },
    client: { transports: ['websocket', 'polling'] },
    backend: { ...packageInfo(), node_red: nodeRed },
    kiosk: {},
  };
}

/** What the home path tells: who is there, and where things are. */
export function home({ api, socket, editor, dashboards }: Surroundings): object {
  return { ...packageInfo(), api, socket: { path: socket }, editor, dashboards };
}
