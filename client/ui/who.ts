/** What a page shows of who is signed in, and of what that person may do. */
import { mayNotSwitch, mayNotWrite, type MayNot } from '../may.ts';
import { plant, t, where } from './page.ts';

/** A command was answered, whatever it says: the plant's record has another entry. */
const ANSWERED = 'factory-answered';

/** The page to sign in, from which one comes back here. */
export function signInPage(): string {
  const { access, origin } = where();
  const here = location.pathname + location.search + location.hash;
  // A page of elsewhere signs in by the client: the server leads nobody to other sites.
  return `${access}/sign-in${origin === location.origin ? `?to=${encodeURIComponent(here)}` : ''}`;
}

/** Why a relay may not be switched by whoever is signed in, in words; undefined where it may. */
export function whyNot(id: string): string | undefined {
  return inWords(mayNotSwitch(plant(), id, plant().relays.get(id)));
}

/** Why a device may not be written, likewise. */
export function whyNotWrite(id: string): string | undefined {
  const why = mayNotWrite(plant(), plant().devices.get(id));
  return why === 'not-yours' ? t('may-not.not-yours.device') : inWords(why);
}

function inWords(why: MayNot | undefined): string | undefined {
  return why && t(`may-not.${why}`);
}

export function tellAnswered(): void {
  document.dispatchEvent(new Event(ANSWERED));
}

export function onAnswered(hear: () => void): () => void {
  document.addEventListener(ANSWERED, hear);
  return () => document.removeEventListener(ANSWERED, hear);
}
