// Makes docs/screenshots/ from the demo's fleet: every page, in light and dark, some of them as a telephone shows them.
import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loaded, signIn } from '../test/support/browser-fleet.ts';
import { launchBrowser, openPage } from '../test/support/chromium.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = process.argv[2] ?? join(root, 'docs', 'screenshots');
const WIDE = { width: 1280, height: 800 };
const HISTORY_POINTS = 4;
const HISTORY_MS = 300_000;
const NARROW = { width: 375, height: 812 };

/** The demo, when its tour is over: where its web UI is, and the token. */
async function startDemo() {
  const demo = spawn(process.execPath, [join(root, 'bin', 'run.js'), 'demo', '--envoys', '12'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  process.once('exit', () => demo.kill('SIGTERM'));
  let origin;
  for await (const line of createInterface({ input: demo.stdout })) {
    origin = /^Web UI:\s+(https:\/\/[^/\s]+)/.exec(line)?.[1] ?? origin;
    const token = /^Sign in:\s+(\S+)/.exec(line)?.[1];
    if (token && origin) return { demo, origin, token };
  }
  throw new Error('the demo ended before its tour was over');
}

/** Name → path. Ids are those of the demo's fleet. */
async function pagesOf(page) {
  const firstLink = async (path, selector) => {
    await page.goto(path);
    const link = page.locator(selector).first();
    await link.waitFor();
    return link.getAttribute('href');
  };
  const move = await firstLink('/spanner/moves', 'main a[href^="/spanner/moves/"]');
  const envoy = await firstLink('/envoys', 'main a[href^="/envoys/"]');
  const run = await firstLink(envoy, 'main a[href^="/runs/"]');
  return {
    overview: '/',
    spanner: '/spanner',
    spoke: '/spanner/spokes/dc2',
    moves: '/spanner/moves',
    move,
    envoys: '/envoys',
    envoy,
    run,
    config: '/config',
    audit: '/audit',
    settings: '/settings',
  };
}

/** The hub notes how the fleet is once a minute: a line needs a few of them. */
async function untilThereIsHistory(page) {
  const until = Date.now() + HISTORY_MS;
  for (;;) {
    await page.goto('/spanner/spokes/dc2');
    await loaded(page);
    const rows = await page.locator('.chart-more').last().locator('tbody tr').count();
    if (rows >= HISTORY_POINTS) return;
    if (Date.now() > until) throw new Error(`the hub has noted ${rows} points within ${HISTORY_MS} ms`);
    await sleep(2_000);
  }
}

async function shoot(browser, { origin, token }) {
  const views = [
    { suffix: '', colorScheme: 'light', viewport: WIDE, only: undefined },
    { suffix: '-dark', colorScheme: 'dark', viewport: WIDE, only: undefined },
    { suffix: '-narrow', colorScheme: 'light', viewport: NARROW, only: ['overview', 'spanner', 'envoys'] },
  ];
  for (const { suffix, colorScheme, viewport, only } of views) {
    const { page, faults, close } = await openPage(browser, { origin, colorScheme, viewport, reducedMotion: 'reduce' });
    const save = async (name) => {
      await page.screenshot({ path: join(target, `${name}${suffix}.png`), fullPage: viewport === NARROW });
      console.log(`${name}${suffix}.png`);
    };
    await page.goto('/');
    await page.getByLabel('API token').waitFor();
    if (!only) await save('sign-in');
    await signIn(page, token);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await untilThereIsHistory(page);
    for (const [name, path] of Object.entries(await pagesOf(page))) {
      if (only && !only.includes(name)) continue;
      await page.goto(path);
      await loaded(page);
      await save(name);
    }
    if (faults.length > 0) throw new Error(`in ${colorScheme}: ${faults.join('\n')}`);
    await close();
  }
}

const demo = await startDemo();
const browser = await launchBrowser();
try {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await shoot(browser, demo);
} finally {
  await browser.close();
  demo.demo.kill('SIGTERM');
}
