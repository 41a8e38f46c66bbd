/** By what the clients of a rehearsal are known again, and how its report is made. */
import type { Principal } from '../access/principal.ts';
import type { ClientInfo } from './client-info.ts';
import type { RehearsalReport, RehearsedClient } from './rehearsed.ts';

/** How long a client may take to come back once it may, seconds; then the report says that it has not. */
export const RETURN_WITHIN_S = 30;

/** What is used of a session. */
export interface Cuttable {
  readonly id: string;
  readonly client: string | undefined;
  readonly peer: { readonly address: string };
  readonly principal: Pick<Principal, 'grant'>;
  readonly info: Pick<ClientInfo, 'principal' | 'protocol' | 'transport'>;
  cut(): void;
}

/** Who asks for the plant's state over HTTP, or for a new connection. */
export interface Visitor {
  readonly client: string | undefined;
  readonly address: string;
  /** Undefined also where it is not known yet. */
  readonly grant?: string | undefined;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** One client that was cut; its record grows. */
export interface Cut extends Visitor {
  readonly record: Omit<Writable<RehearsedClient>, 'told'> & {
    told: Writable<RehearsedClient['told']>;
  };
}

/** What a report is made of. */
export interface Reported extends Pick<RehearsalReport, 'state' | 'began' | 'of' | 'hold'> {
  readonly cuts: readonly Cut[];
}

/** What a client is known by. */
export function keyOf({ client, address, grant = '' }: Visitor): string {
  return client === undefined ? `at ${address} ${grant}` : `named ${client}`;
}

/** A session as whoever comes back is known. */
export function visitorOf({ client, peer, principal }: Cuttable): Visitor {
  return { client, address: peer.address, grant: principal.grant };
}

/** What each of those who are about to be cut will be known by. */
export function cutsOf(found: readonly Cuttable[]): Cut[] {
  const alike = Map.groupBy(found, (session) => keyOf(visitorOf(session)));
  return found.map((session) => {
    const visitor = visitorOf(session);
    const isAlone = alike.get(keyOf(visitor))?.length === 1;
    const { principal, protocol, transport } = session.info;
    const match = visitor.client !== undefined ? 'client' : isAlone ? 'address' : 'shared';
    const who = {
      session: session.id,
      address: visitor.address,
      principal,
      protocol,
      transport,
      match,
    } as const;
    return {
      ...visitor,
      record: { ...who, toHttp: null, back: null, resumed: null, told: { http: 0, back: null } },
    };
  });
}

/** What is to be told of it now; it does not change any more. */
export function reportOf({ state, began, of, hold, cuts }: Reported): RehearsalReport {
  const clients = cuts.map(({ record: { told, ...record } }) => ({ ...record, told: { ...told } }));
  const times = (way: 'toHttp' | 'back'): number[] =>
    clients.flatMap(({ [way]: time }) => (time === null ? [] : [time]));
  const [toHttp, back] = [times('toHttp'), times('back')];
  const longest = (all: readonly number[]): number | null =>
    all.reduce<number | null>((a, b) => Math.max(a ?? 0, b), null);
  return {
    state,
    began,
    of,
    hold,
    within: hold + RETURN_WITHIN_S,
    cut: clients.length,
    fellBack: toHttp.length,
    unknown: clients.filter(({ match }) => match === 'shared').length,
    returned: back.length,
    worst: { toHttp: longest(toHttp), back: longest(back) },
    clients,
  };
}
