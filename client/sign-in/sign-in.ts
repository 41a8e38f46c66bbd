/** The page where people sign in, and from which they go on to where they wanted. */
import { AccessLink, type Proof } from '../access-link.ts';
import { machineClock, none } from '../clock.ts';
import { SessionStore, type Kept } from '../session.ts';
import type { Session, SignInError } from '../types.ts';
import { targetOf } from './target.ts';
import { form, name, password, remember, reveal, show, start, type Trouble } from './view.ts';
import type { Word } from './words.ts';

/** How long other tabs have to say who is signed in there. */
const TABS_MS = 150;
/** Whoever is sent here again within this has a browser that does not keep the cookie. */
const AGAIN_MS = 5000;
const WENT = 'factory-iot-went';

const query = new URLSearchParams(location.search);
const target = targetOf(query.get('to'), location.href);
const isSwitching = query.get('switch') === '1';
const access = location.origin + location.pathname.replace(/\/sign-in\/?$/, '');
const link = new AccessLink(access, machineClock);
const store = new SessionStore(access, undefined, () => {
  if (store.kept && !isSwitching) void look();
});

start(target);
form().addEventListener('submit', (event) => {
  event.preventDefault();
  void submit();
});
// Back from where one went on to, a browser may show this page as it was left.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) void look();
});
void begin();

async function begin(): Promise<void> {
  const ticket = /^#ticket=(.+)$/.exec(location.hash)?.[1];
  if (ticket === undefined) {
    if (!store.kept) await new Promise((resolve) => setTimeout(resolve, TABS_MS));
    await look();
    return;
  }
  // Neither the history nor whoever looks over a shoulder shall have it.
  history.replaceState(null, '', location.pathname + location.search);
  await enter({ ticket: decoded(ticket) }, false, 'error.ticket');
}

/** Asks who this is, and goes on where that is known. */
async function look(): Promise<void> {
  const { token } = store;
  const answer = await link.look(token);
  if (answer.is === 'known') known(answer.session);
  else if (answer.is === 'refused') {
    if (token !== undefined && token === store.token) store.forget();
    ask(token === undefined ? undefined : { word: 'error.over' });
  } else if (answer.is === 'unreachable') ask({ word: 'error.unreachable' });
  else if (answer.status === 404) show({ shows: 'none' });
  else if (answer.status === 403) show({ shows: 'closed', trouble: said('error.other', answer.words) });
  else ask(said('error.other', answer.words));
}

function known(session: Session): void {
  if (session.open) show({ shows: 'open' });
  else if (isSwitching) show({ shows: 'known', session });
  else if (wentBefore()) show({ shows: 'known', session, trouble: { word: 'error.cookies' } });
  else goOn();
}

async function submit(): Promise<void> {
  const proof = { name: name().value.trim(), password: password().value, remember: remember().checked };
  if (proof.name === '' || proof.password === '') {
    ask({ word: 'error.empty' });
    (proof.name === '' ? name() : password()).focus();
    return;
  }
  reveal(false);
  await enter(proof, proof.remember, 'error.unauthenticated');
}

async function enter(proof: Proof, isRemembered: boolean, otherwise: Word): Promise<void> {
  show({ shows: 'busy' });
  const before = store.token;
  let kept: Kept;
  try {
    kept = await link.signIn(proof);
  } catch (error) {
    refused(error as SignInError, otherwise);
    return;
  }
  store.keep(kept, isRemembered);
  if (before !== undefined) {
    await link.signOut(before).catch(none);
    // Ending that session took its cookie away, which was this one's already.
    await link.look(kept.token);
  }
  goOn();
}

function refused({ message, code, retryAfter }: SignInError, otherwise: Word): void {
  if (code === 'unauthenticated') ask({ word: otherwise });
  else if (code === 'unreachable') ask({ word: 'error.unreachable' });
  else if (code === 'limit') ask({ word: 'error.limit', until: Date.now() + (retryAfter ?? 1000) });
  else ask(said('error.other', message));
  if (code !== 'unauthenticated' || otherwise === 'error.ticket') return;
  password().select();
  password().focus();
}

function ask(trouble?: Trouble): void {
  show({ shows: 'form', ...(trouble && { trouble }) });
  // Not on a tablet: its keyboard would come up and hide what there is to read.
  if (!trouble && matchMedia('(pointer: fine)').matches) name().focus();
}

function said(word: Word, words: string): Trouble {
  return { word, words };
}

function goOn(): void {
  mark();
  location.replace(target);
}

function mark(): void {
  try {
    sessionStorage.setItem(WENT, String(Date.now()));
  } catch {
    // Then a loop is not noticed.
  }
}

function wentBefore(): boolean {
  try {
    return Date.now() - Number(sessionStorage.getItem(WENT) ?? 0) < AGAIN_MS;
  } catch {
    return false;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
