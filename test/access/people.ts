/** The people and tokens of the tests of access, and what they show to say who they are. */
import { digest, hashPassword, newSecret } from '../../lib/access/secret.ts';
import { ask, json, type Asking } from './ask.ts';
import { AREA, DEVICE, RELAY } from './flow.ts';
import { ROLE_NAMES, type Credential, type RoleName } from './rules.ts';

const SCOPE: Record<RoleName, object> = {
  viewer: { role: 'viewer' },
  operatorOfRelay: { role: 'operator', relays: [RELAY] },
  operatorOfArea: { role: 'operator', areas: [AREA] },
  operatorElsewhere: { role: 'operator', relays: ['other'], areas: ['yard'] },
  engineer: { role: 'engineer' },
  device: { role: 'device', devices: [DEVICE] },
};
export const PASSWORD = 'correct horse';
/** What has become of an entry. */
type State = 'valid' | 'expired' | 'removed';
const STATES: readonly State[] = ['valid', 'expired', 'removed'];

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: RoleName;
  readonly kind: 'person' | 'token';
  readonly state: State;
  readonly secret: string;
  readonly kept: string;
}

/** One person and one token for each role and state; a device is no person. */
export async function makePeople(): Promise<Person[]> {
  const kept = await hashPassword(PASSWORD);
  return ROLE_NAMES.flatMap((role) =>
    STATES.flatMap((state) => {
      const token = newSecret('token');
      const base = { role, state };
      const made: Person[] = [
        {
          ...base,
          kind: 'token',
          id: `t-${role}-${state}`,
          name: `${role} ${state} token`,
          secret: token,
          kept: digest(token),
        },
      ];
      if (role !== 'device' && state !== 'expired')
        made.push({
          ...base,
          kind: 'person',
          id: `p-${role}-${state}`,
          name: `${role} ${state}`,
          secret: PASSWORD,
          kept,
        });
      return made;
    }),
  );
}

export function accessOf(people: readonly Person[], more: object = {}): object {
  return {
    people: people.map(({ id, name, kind, role, state }) => ({
      id,
      name,
      kind,
      ...SCOPE[role],
      ...(state === 'expired' && { expires: '2020-01-01' }),
    })),
    credentials: { secrets: JSON.stringify(Object.fromEntries(people.map(({ id, kept }) => [id, kept]))) },
    ...more,
  };
}

/** What there is to show once everybody has signed in; some of it is no good any more. */
export interface Shown {
  readonly token: (role: RoleName, state: string) => string;
  readonly session: (role: RoleName, state: string) => string;
  readonly page: (role: RoleName, state: string) => string;
}

/** Signs everybody in, and some out again; `url` is below which `factory-iot` is found. */
export async function signInAll(url: string, people: readonly Person[], asking: Asking): Promise<Shown> {
  const sessions = new Map<string, { token: string; page: string }>();
  const open = async (body: object): Promise<{ token: string; page: string }> => {
    const answer = await ask(`${url}/factory-iot/session`, { ...asking, method: 'POST', body });
    if (answer.status !== 200) throw new Error(`not signed in: ${answer.text}`);
    const page = /factory_page=([^;]+)/.exec(String(answer.headers['set-cookie']))![1]!;
    return { token: String(json(answer)['token']), page };
  };
  const token = (role: RoleName, state: string): string =>
    people.find((one) => one.kind === 'token' && one.role === role && one.state === state)!.secret;
  for (const role of ROLE_NAMES) {
    for (const state of ['valid', 'ended', 'removed']) {
      const of = state === 'removed' ? 'removed' : 'valid';
      const person = people.find((one) => one.kind === 'person' && one.role === role && one.state === of);
      const body = person
        ? { name: person.name, password: person.secret }
        : { ticket: await ticketOf(url, token(role, of), asking) };
      const session = await open(body);
      sessions.set(`${role} ${state}`, session);
      if (state === 'ended') await endSession(url, session.token, asking);
    }
  }
  return {
    token,
    session: (role, state) => sessions.get(`${role} ${state}`)!.token,
    page: (role, state) => sessions.get(`${role} ${state}`)!.page,
  };
}

/** `secret` may be a token or a session. */
export async function ticketOf(url: string, secret: string, asking: Asking = {}): Promise<string> {
  const headers = { ...asking.headers, 'x-factory-token': secret };
  const answer = await ask(`${url}/factory-iot/ticket`, { ...asking, method: 'POST', headers, body: {} });
  if (answer.status !== 200) throw new Error(`no ticket: ${answer.text}`);
  return String(json(answer)['ticket']);
}

export async function endSession(url: string, token: string, asking: Asking = {}): Promise<void> {
  const headers = { ...asking.headers, 'x-factory-token': token };
  const { status } = await ask(`${url}/factory-iot/session`, { ...asking, method: 'DELETE', headers });
  if (status !== 204) throw new Error(`not signed out: ${status}`);
}

export type { Credential };
