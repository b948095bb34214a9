/** What tests of the web UI share: a browser for all of them, and a page that somebody has signed in to. */
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, type OpenPageOptions, openPage, type WatchedPage } from './chromium.ts';

export interface SignedIn extends WatchedPage {
  /** Goes to a path and waits until what was asked for is there. */
  visit(path: string): Promise<void>;
}

export interface UseBrowser {
  /** Nobody is signed in. */
  open(options: OpenPageOptions): Promise<WatchedPage>;
  signedIn(token: string, options: OpenPageOptions): Promise<SignedIn>;
}

/** Call inside `describe`: one browser for all of its tests; pages are closed after each. */
export function useBrowser(): UseBrowser {
  let browser: Browser | undefined;
  let pages: WatchedPage[] = [];
  before(async function () {
    this.timeout(60_000);
    browser = await launchBrowser();
  });
  afterEach(async () => {
    const open = pages;
    pages = [];
    for (const page of open) await page.close();
  });
  after(() => browser?.close());
  const open = async (options: OpenPageOptions): Promise<WatchedPage> => {
    if (!browser) throw new Error('the browser is there once the tests run');
    const page = await openPage(browser, options);
    pages.push(page);
    return page;
  };
  return {
    open,
    async signedIn(token, options) {
      const watched = await open(options);
      await watched.page.goto('/');
      await signIn(watched.page, token);
      await watched.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      return {
        ...watched,
        async visit(path) {
          await watched.page.goto(path);
          await loaded(watched.page);
        },
      };
    },
  };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** The page is there, and nothing of it is still to come. */
export async function loaded(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  // Of those that are still to come none is left.
  await page.locator('[aria-busy="true"], .skeleton').first().waitFor({ state: 'detached' });
}
