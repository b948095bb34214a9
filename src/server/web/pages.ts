/** The few pages that the server itself writes: no script, nothing loaded. */
import { createHash } from 'node:crypto';
import { STRICT_CSP } from './http-call.ts';

export interface PageLink {
  readonly href: string;
  readonly text: string;
}

export interface Page {
  readonly html: string;
  /** Of its answer. */
  readonly headers: Readonly<Record<string, string>>;
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}';
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const HEADERS = { 'content-security-policy': `${STRICT_CSP}; style-src 'sha256-${STYLE_HASH}'` };

/** Says something, and offers ways on. */
export function messagePage(title: string, text: string, links: readonly PageLink[]): Page {
  const ways = links.map(({ href, text: name }) => `<a href="${escaped(href)}">${escaped(name)}</a>`).join(' · ');
  return page(title, '', `<h1>${escaped(title)}</h1><p>${escaped(text)}</p><p>${ways}</p>`);
}

/**
 * Leads on to `path` at once. Unlike a redirect it makes the next request one of this server's own page, so that a browser that
 * comes from another site sends its new cookie along.
 */
export function onwardPage(path: string): Page {
  const to = escaped(path);
  return page('Signed in', `<meta http-equiv="refresh" content="0;url=${to}">`, `<p><a href="${to}">Continue</a></p>`);
}

const page = (title: string, head: string, body: string): Page => ({
  html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>${head}<style>${STYLE}</style></head>
<body>${body}</body></html>
`,
  headers: HEADERS,
});

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
