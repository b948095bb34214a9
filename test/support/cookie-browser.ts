/** As much of a browser as signing in needs: it keeps cookies, follows redirects and refreshes, and knows which site asks. */
import { type HttpResult, sendHttps } from './http-client.ts';

export interface Browser {
  /** Goes to `url`, as from a bookmark, and on to where it is led. Stops before `until` holds of the next address. */
  open(url: string, until?: (url: string) => boolean): Promise<Visit>;
  /** The cookies that it would send to this address. */
  cookies(url: string): string;
  /** A second one that has the same cookies. */
  clone(): Browser;
}

export interface Visit {
  /** Of the last page, or the one that was not gone to. */
  readonly url: string;
  /** The last answer. */
  readonly page: HttpResult;
  /** All addresses that were gone to. */
  readonly trail: readonly string[];
}

interface Cookie {
  readonly pair: string;
  readonly strict: boolean;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&quot;': '"',
  '&lt;': '<',
  '&gt;': '>',
  '&#39;': "'",
};
const MAX_STEPS = 20;

/** `caPem`: all CAs that it trusts. */
export function createBrowser(caPem: string, jar: ReadonlyMap<string, Cookie> = new Map()): Browser {
  /** By origin and name. */
  const cookies = new Map(jar);
  const keep = (url: string, result: HttpResult): void => {
    for (const text of result.cookies) {
      const pair = text.split(';')[0] ?? '';
      const key = `${new URL(url).origin} ${pair.split('=')[0]}`;
      const gone = /max-age=0\b|expires=thu, 01 jan 1970/i.test(text) || pair.endsWith('=');
      if (gone) cookies.delete(key);
      else cookies.set(key, { pair, strict: /samesite=strict/i.test(text) });
    }
  };
  const cookiesFor = (url: string, crossSite: boolean): string =>
    [...cookies]
      .filter(([key, { strict }]) => key.startsWith(`${new URL(url).origin} `) && !(strict && crossSite))
      .map(([, { pair }]) => pair)
      .join('; ');

  return {
    cookies: (url) => cookiesFor(url, false),
    clone: () => createBrowser(caPem, cookies),
    async open(start, until = () => false) {
      const trail: string[] = [];
      let url = start;
      // A chain of redirects that has been elsewhere counts as coming from there, back at home too.
      let crossSite = false;
      for (;;) {
        trail.push(url);
        const cookie = cookiesFor(url, crossSite);
        const page = await sendHttps(url, caPem, { headers: cookie ? { cookie } : {} });
        keep(url, page);
        const { location } = page.headers;
        const refresh = /http-equiv="refresh" content="0;url=([^"]*)"/
          .exec(page.text)?.[1]
          ?.replace(/&(amp|quot|lt|gt|#39);/g, (entity) => ENTITIES[entity] ?? '');
        const to = location ?? refresh;
        if (to === undefined || trail.length > MAX_STEPS) return { url, page, trail };
        const next = new URL(to, url).href;
        crossSite = location !== undefined && (crossSite || new URL(next).origin !== new URL(url).origin);
        if (until(next)) return { url: next, page, trail };
        url = next;
      }
    },
  };
}
