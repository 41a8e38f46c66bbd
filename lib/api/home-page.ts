/** What a person sees who opens the home path: where things are, in both languages. */
import type { Answer } from './answer.ts';
import type { Surroundings } from './config.ts';
import { SAFE_HEADERS } from './http.ts';
import { SCRIPTS_PATH } from './path.ts';

/** Nothing is loaded and nothing runs: links and a style are all there is. */
const HEADERS = {
  ...SAFE_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
};

const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --muted: #555e68; --back: #eef1f4; --card: #fff; --edge: #c4ccd4; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8edf2; --muted: #a9b4bf; --back: #0f1419; --card: #1b222a; --edge: #46515c; --link: #7db8f5; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 5vh 1rem; background: var(--back); color: var(--text);
  font: 400 clamp(16px, 14px + 0.3vw, 22px)/1.6 system-ui, 'Noto Sans', 'Vazirmatn', 'Noto Sans Arabic', sans-serif; }
main { display: grid; gap: 1rem; max-width: 62rem; margin: 0 auto; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
section { padding: 1.2rem 1.5rem; border: 1px solid var(--edge); border-radius: .6rem; background: var(--card); }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; }
p { margin: 0 0 1rem; color: var(--muted); }
ul { display: grid; gap: .5rem; margin: 0; padding: 0; list-style: none; }
li a { display: block; padding: .7rem 1rem; border: 1px solid var(--edge); border-radius: .4rem; font-weight: 600; text-decoration: none; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
small { display: block; color: var(--muted); font-weight: 400; direction: ltr; unicode-bidi: isolate; }
[dir=rtl] small { text-align: right; }
`;

const WORDS = {
  en: {
    dir: 'ltr',
    lead: 'The plant is reached here:',
    dashboard: 'Dashboard',
    numbers: { 1: '1', 2: '2' },
    editor: 'Editor of the flows',
    health: 'Health',
    devices: 'Devices, over HTTP',
    socket: 'Live, by Socket.IO:',
    none: 'No dashboard is installed. The README says how to get one.',
    refused: 'You cannot be let in',
  },
  fa: {
    dir: 'rtl',
    lead: 'دسترسی به کارخانه:',
    dashboard: 'داشبورد',
    numbers: { 1: '۱', 2: '۲' },
    editor: 'ویرایشگر جریان‌ها',
    health: 'سلامت',
    devices: 'دستگاه‌ها با HTTP',
    socket: 'ارتباط زنده با Socket.IO:',
    none: 'هیچ داشبوردی نصب نیست. README می‌گوید چگونه یکی نصب کنید.',
    refused: 'نمی‌توانید وارد شوید',
  },
} as const;

/** The page with the links. */
export function homePage({ api, socket, editor, dashboards }: Surroundings): Answer {
  const sections = Object.entries(WORDS).map(([language, words]) => {
    const links = [
      ...dashboards.map(({ dashboard, path }) =>
        link(`${words.dashboard} ${words.numbers[dashboard]}`, path),
      ),
      ...(editor === undefined ? [] : [link(words.editor, editor)]),
      link(words.health, `${api}/health`),
      link(words.devices, `${api}/devices`),
    ];
    const none = dashboards.length === 0 ? `<p>${words.none}</p>` : '';
    return section(
      language,
      words.dir,
      `<h1>Factory IoT</h1><p>${words.lead}</p>${none}<ul>${links.join('')}</ul><p><br>${words.socket} <code dir="ltr">${escape(socket)}</code></p>`,
    );
  });
  return { status: 200, body: page(sections), headers: HEADERS };
}

/** The page for someone who may not come in, with the reason. */
export function refusedPage(reason: string): Answer {
  const sections = Object.entries(WORDS).map(([language, { dir, refused }]) =>
    section(language, dir, `<h1>${refused}</h1><p lang="en" dir="ltr">${escape(reason)}</p>`),
  );
  return { status: 403, body: page(sections), headers: HEADERS };
}

/** Sends a browser to the page where people sign in, and from there back. `root`: where flows are served. */
export function toSignIn(path: string, root: string): Answer {
  const location = `${root}${SCRIPTS_PATH}/sign-in?to=${encodeURIComponent(path)}`;
  return { status: 302, body: '', headers: { ...HEADERS, location } };
}

/** Whether a browser asks for a page, and not a program for data. */
export function wantsPage(accept: string | undefined): boolean {
  return accept !== undefined && /(^|,)\s*text\/html\b/i.test(accept);
}

function page(sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Factory IoT</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function section(language: string, dir: string, content: string): string {
  return `<section lang="${language}" dir="${dir}">${content}</section>`;
}

function link(words: string, path: string): string {
  return `<li><a href="${escape(path)}">${escape(words)}<small>${escape(path)}</small></a></li>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
