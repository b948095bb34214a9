/**
 * The web UI over 100,000 envoys on two spokes: how soon its first page can be used, how it scrolls, how soon a filter shows.
 *
 * Floors: the same browser opening a document of a few bytes from the same hub, in turns with the first page; and the frames of a
 * page of the same browser that has nothing to do.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { loaded, signIn } from '../test/support/browser-fleet.ts';
import { launchBrowser, openPage } from '../test/support/chromium.ts';
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { createFleet } from './support/fleet.ts';
import { inventEnvoys, seedDirectory, seedSpoke } from './support/seed.ts';
import { ratios, summarize } from './support/stats.ts';

const SPOKES = ['dc1', 'dc2'];
const INTERACTIVE_MS = 2_000;
const VIEWPORT = { width: 1280, height: 900 };
const SCROLL_MS = 4_000;
/** A notch of a wheel, pixels; one with each frame is as fast as anybody turns it. */
const NOTCH = 120;
/** Of a display with 60 frames a second. */
const FRAME_MS = 1000 / 60;
/** A browser's clock does not tell less apart. */
const TICK_MS = 1;
/** A frame that is this late is one that people see. */
const JANK_MS = 100;

interface Hub {
  readonly origin: string;
  readonly token: string;
  readonly envoys: number;
}

async function startHub(context: BenchContext): Promise<Hub> {
  const perSpoke = context.quick ? 1_000 : 50_000;
  const fleet = await createFleet(context);
  const placed = new Map(SPOKES.map((id) => [id, inventEnvoys(id, perSpoke)]));
  for (const [id, envoys] of placed) await seedSpoke(fleet.dirOf(id), envoys);
  await seedDirectory(fleet.dirOf('hub'), placed);
  const spokes = await Promise.all(
    SPOKES.map(async (id) => ({ id, addr: (await fleet.startSpoke(id)).ready.grpc, patterns: [`*.${id}.*`] })),
  );
  const hub = await fleet.startHub(spokes);
  const token = (await readFile(join(fleet.dirOf('hub'), 'admin-token'), 'utf8')).trim();
  return { origin: `https://${hub.ready.api}`, token, envoys: SPOKES.length * perSpoke };
}

/** What `work` takes, milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Nothing of it is in the browser's cache; who opens it is signed in. */
async function firstPages(browser: Browser, hub: Hub, rounds: number): Promise<BenchRow> {
  const ui: number[] = [];
  const bare: number[] = [];
  const total = `of ${hub.envoys.toLocaleString('en-US')} enrolled`;
  for (let round = 0; round <= rounds; round++) {
    const { page, close } = await openPage(browser, { origin: hub.origin, viewport: VIEWPORT });
    const bareMs = await timed(() => page.goto('/auth/methods'));
    await page.goto('/');
    await signIn(page, hub.token);
    await page.getByText(total).waitFor();
    const cookies = await page.context().cookies();
    await close();
    const fresh = await openPage(browser, { origin: hub.origin, viewport: VIEWPORT });
    await fresh.page.context().addCookies(cookies);
    const uiMs = await timed(async () => {
      await fresh.page.goto('/');
      await fresh.page.getByText(total).waitFor();
      // Answers what is pressed, and has nothing left to do.
      await fresh.page
        .getByRole('radio', { name: 'All envoys' })
        .or(fresh.page.getByRole('button', { name: 'All envoys' }))
        .first()
        .click();
    });
    await fresh.close();
    if (round === 0) continue;
    bare.push(bareMs);
    ui.push(uiMs);
  }
  const measured = summarize(ui);
  return {
    what: `overview of ${hub.envoys} envoys, nothing cached, until it answers a click`,
    unit: 'ms',
    measured,
    floor: { what: 'a document of a few bytes from the same hub', value: summarize(bare) },
    ratio: ratios(ui, bare),
    goal: `≤ ${INTERACTIVE_MS} ms`,
    met: measured.median <= INTERACTIVE_MS,
  };
}

/** Times between frames, milliseconds, while `meanwhile` goes on. */
async function frames(page: Page, meanwhile: () => Promise<unknown>): Promise<number[]> {
  await page.evaluate(`
    window.frameTimes = [];
    const note = (at) => { window.frameTimes.push(at); window.frameLoop = requestAnimationFrame(note); };
    window.frameLoop = requestAnimationFrame(note);`);
  await meanwhile();
  const at = await page.evaluate<number[]>('cancelAnimationFrame(window.frameLoop); window.frameTimes');
  return at.slice(1).map((time, i) => time - (at[i] as number));
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] as number;

async function scrolling(browser: Browser, hub: Hub, rounds: number): Promise<BenchRow[]> {
  const { page, close } = await openPage(browser, { origin: hub.origin, viewport: VIEWPORT });
  await page.goto('/envoys');
  await signIn(page, hub.token);
  await page.locator('tbody tr').nth(5).waitFor();
  await loaded(page);
  const idle: number[] = [];
  const busy: number[] = [];
  const worst: number[] = [];
  const wheel = async (dy: number) => {
    const until = performance.now() + SCROLL_MS;
    while (performance.now() < until) {
      await page.mouse.wheel(0, dy);
      await wait(FRAME_MS);
    }
  };
  for (let round = 0; round < rounds; round++) {
    const still = await frames(page, () => wait(1_000));
    const moving = await frames(page, () => wheel(NOTCH));
    idle.push(percentile(still, 0.95));
    busy.push(percentile(moving, 0.95));
    worst.push(Math.max(...moving));
  }
  const filters: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const name = `web${String(round + 100).padStart(5, '0')}.*`;
    await page.getByLabel('Host name', { exact: true }).fill('');
    await page
      .getByText(`${hub.envoys.toLocaleString('en-US')} envoys`)
      .first()
      .waitFor();
    filters.push(
      await timed(async () => {
        await page.getByLabel('Host name', { exact: true }).fill(name);
        await page.getByText('2 envoys match').waitFor();
      }),
    );
  }
  await close();
  const measured = summarize(busy);
  return [
    {
      what: 'scrolling the list: 95 of 100 frames come after',
      unit: 'ms',
      measured,
      floor: { what: 'a page that stands still', value: summarize(idle) },
      ratio: ratios(busy, idle),
      goal: `≤ two frames, ${Math.round(2 * FRAME_MS)} ms`,
      met: measured.median <= 2 * FRAME_MS + TICK_MS,
    },
    {
      what: 'scrolling the list: the longest wait for a frame',
      unit: 'ms',
      measured: summarize(worst),
      goal: `≤ ${JANK_MS} ms`,
      met: summarize(worst).median <= JANK_MS,
    },
    { what: 'from a host name typed to its two rows shown', unit: 'ms', measured: summarize(filters) },
  ];
}

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const hub = await startHub(context);
  const browser = await launchBrowser();
  context.cleanup.defer(() => browser.close());
  const rounds = context.quick ? 2 : 7;
  return [await firstPages(browser, hub, rounds), ...(await scrolling(browser, hub, context.quick ? 1 : 5))];
}

export const webUi: Benchmark = { name: 'web-ui', summary: 'the web UI over 100,000 envoys, in a browser', run };
