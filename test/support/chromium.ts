/** A real browser, from the npm package that brings it, and pages of it that note whatever should not happen. */
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core';

/** What the package suggests for other places, without what takes protections away that a user's browser has. */
const UNWANTED = /^--(disable-web-security|allow-running-insecure-content|single-process|no-zygote|headless=)/;

export async function launchBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !UNWANTED.test(argument)),
    headless: true,
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings on the console, exceptions, requests to other hosts; in order. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export interface OpenPageOptions extends BrowserContextOptions {
  /** "https://host:port" */
  readonly origin: string;
  /** Faults that a test brings about itself. */
  readonly expected?: (fault: string) => boolean;
}

/** In a context of its own: nobody is signed in. The fleet's CA is not one that browsers know. */
export async function openPage(browser: Browser, options: OpenPageOptions): Promise<WatchedPage> {
  const { origin, expected = () => false, ...context } = options;
  // Without a locale this browser takes one from the environment that it does not understand itself.
  const fixed = { baseURL: origin, ignoreHTTPSErrors: true, locale: 'en-US' };
  const opened = await browser.newContext({ ...fixed, ...context });
  const page = await opened.newPage();
  const faults: string[] = [];
  const note = (fault: string): void => {
    if (!expected(fault)) faults.push(fault);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => note(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin && !request.url().startsWith('data:'))
      note(`request elsewhere: ${request.url()}`);
  });
  return { page, faults, close: () => opened.close() };
}
