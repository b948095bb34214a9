/** The web UI in a real browser, over a real hub with two spokes and live agents: what people do with it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { Role } from '../../src/gen/vigo/v1/access_pb.js';
import { MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import { axeViolations } from '../support/axe.ts';
import { type SignedIn, signIn, useBrowser } from '../support/browser-fleet.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { freePorts } from '../support/free-ports.ts';
import { waitFor } from '../support/wait-for.ts';

const HOSTS = ['dc1', 'dc2'].flatMap((dc) => [1, 2, 3].map((n) => `web${n}.${dc}.example.com`));
const THEMES = ['light', 'dark'] as const;

describe('the web UI', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({
    spokes: ['dc1', 'dc2'],
    // Nobody is there to be told.
    async hubSettings(dir) {
      const [nobody] = await freePorts(1);
      await writeFile(join(dir, 'told-secret'), `whsec_${Buffer.alloc(24, 1).toString('base64')}`);
      return `notifications: [ { url: "http://127.0.0.1:${nobody}/told", secret_file: ${dir}/told-secret } ]\n`;
    },
  });
  const browser = useBrowser();
  let admin: string;
  let viewer: string;

  before(async function () {
    this.timeout(90_000);
    await fleet.json(['config', 'publish', '--stacks', join(import.meta.dirname, '../../examples/stacks')]);
    await Promise.all(HOSTS.map(fleet.enroll));
    await Promise.all(HOSTS.map(fleet.runAgent));
    admin = (await fleet.admin.createUser({ name: 'ada', role: Role.ADMIN })).token;
    viewer = (await fleet.admin.createUser({ name: 'vic', role: Role.VIEWER })).token;
    await waitFor('all have reported a run', async () =>
      (await fleet.envoys()).every(({ status }) => status === 'converged'),
    );
  });

  const asAdmin = (more = {}): Promise<SignedIn> => browser.signedIn(admin, { origin: fleet.apiUrl, ...more });
  const spokeCard = (page: Page, id: string) =>
    page.locator('main').locator('article, section, .card').filter({ hasText: id }).first();

  it('lets in who has a token, says so to who has a wrong one, and goes where one wanted to go', async () => {
    const expected = (fault: string) => /status of 401/.test(fault);
    const { page, faults } = await browser.open({ origin: fleet.apiUrl, expected });
    await page.goto('/spanner');
    await signIn(page, 'vgot_wrong');
    await page.getByText('Not signed in').waitFor();
    await signIn(page, admin);
    await page.getByRole('heading', { level: 1, name: 'Spanner' }).waitFor();
    expect(new URL(page.url()).pathname).to.equal('/spanner');
    expect(faults).to.deep.equal([]);
  });

  it('shows both spokes, and drains one to the other while one watches', async () => {
    const { page, faults, visit } = await asAdmin();
    await visit('/spanner');
    for (const id of ['dc1', 'dc2']) await spokeCard(page, id).getByText('online').first().waitFor();
    await page.getByRole('link', { name: 'dc1', exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: 'dc1' }).waitFor();
    await page.getByRole('button', { name: 'Drain …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Drain dc1' });
    await dialog.getByLabel('To').selectOption('dc2');
    await dialog.getByText('3 envoys of 3 matched will move.').waitFor();
    await dialog.getByLabel('Reason, for the journal').fill('new disks');
    await dialog.getByRole('button', { name: /3 envoys to dc2/ }).click();
    await page.waitForURL(/\/spanner\/moves\/[0-9a-f-]{36}$/);
    await page.getByText('100 %').waitFor();
    const { moves } = await fleet.admin.listMoves({});
    expect(moves[0]).to.include({ state: MoveState.DONE, moved: 3, actor: 'ada', comment: 'new disks' });
    await waitFor('the agents have followed', async () => (await fleet.envoys()).every(({ spoke }) => spoke === 'dc2'));
    expect(faults).to.deep.equal([]);
  });

  it('brings them home again', async () => {
    const { page, faults, visit } = await asAdmin();
    await visit('/spanner/spokes/dc1');
    await page.getByRole('button', { name: 'Uncordon …' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Uncordon/ })
      .click();
    await page.getByRole('button', { name: 'Cordon …' }).waitFor();
    await visit('/spanner/moves');
    await page.getByRole('button', { name: /Rebalance/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('3 envoys of').waitFor();
    await dialog.getByRole('button', { name: /3 envoys/ }).click();
    await page.getByText('100 %').waitFor();
    expect(faults).to.deep.equal([]);
  });

  it('shows a spoke that is killed as offline, without being asked again, and its envoys as stale', async () => {
    const { page, faults, visit } = await asAdmin();
    await visit('/spanner');
    await spokeCard(page, 'dc1').getByText('online').first().waitFor();
    await fleet.kill9('dc1');
    await spokeCard(page, 'dc1').getByText('offline').first().waitFor({ timeout: 20_000 });
    await visit('/envoys');
    await page.getByText('1 of 2 spokes answered').waitFor();
    expect(await page.locator('tbody tr').filter({ hasText: 'stale' }).count()).to.equal(3);
    await visit('/');
    await page.getByText(/dc1 is unhealthy, 3 envoys on it/).waitFor();
    await fleet.restart('dc1');
    await fleet.waitForHealth('dc1', 'healthy');
    await page.getByText(/dc1 is unhealthy/).waitFor({ state: 'detached' });
    expect(faults).to.deep.equal([]);
  });

  it('finds envoys by name and status, and keeps that in its address', async () => {
    const { page, faults, visit } = await asAdmin();
    await visit('/envoys');
    await page.getByLabel('Host name', { exact: true }).fill('web1.*');
    await page.getByText('2 envoys match').waitFor();
    expect(page.url()).to.include('web1');
    await page.reload();
    await page.getByText('2 envoys match').waitFor();
    await page.getByRole('link', { name: 'web1.dc1.example.com' }).click();
    await page.getByRole('heading', { level: 1, name: 'web1.dc1.example.com' }).waitFor();
    await page.getByRole('heading', { name: /Traits/ }).waitFor();
    expect(faults).to.deep.equal([]);
  });

  it('shows who may only look nothing to press, and why', async () => {
    const { page, visit } = await browser.signedIn(viewer, { origin: fleet.apiUrl });
    for (const path of ['/spanner', '/spanner/spokes/dc1', '/spanner/moves', '/envoys', '/config', '/settings']) {
      await visit(path);
      const names = await page.getByRole('main').getByRole('button').allTextContents();
      expect(
        names.filter((name) => /…|Revoke|Create|Roll|Drain|Cordon|End/.test(name)),
        path,
      ).to.deep.equal([]);
    }
    await visit('/spanner/spokes/dc1');
    await page.getByText('your role is viewer').waitFor();
  });

  it('makes a user, shows its token once, and ends its sessions with it', async () => {
    const { page, faults, visit } = await asAdmin();
    await visit('/settings');
    await page.getByRole('button', { name: /(New|Create|Add).*user/i }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('eve');
    await dialog.getByRole('button', { name: /Create/ }).click();
    const token = (await dialog.getByText(/^vgot_/).textContent()) ?? '';
    const other = await browser.signedIn(token.trim(), {
      origin: fleet.apiUrl,
      expected: (fault) => /401/.test(fault),
    });
    await fleet.admin.revokeUser({ user: 'eve' });
    await other.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect([...faults, ...other.faults]).to.deep.equal([]);
  });

  it('shows the certificates of all servers, and how far another CA has come', async () => {
    const { page, faults, visit } = await asAdmin();
    await visit('/settings');
    const card = page.locator('section, article, .card').filter({ hasText: 'Trust domain' }).first();
    for (const id of ['dc1', 'dc2']) await card.getByRole('row', { name: new RegExp(`^${id} .*current`) }).waitFor();
    expect(await card.getByText('A new CA takes over').count()).to.equal(0);
    await fleet.admin.beginCaRotation({});
    await card.getByText(/A new CA takes over: \d of 6 envoys have moved to it/).waitFor();
    await card.getByText('All are there.').waitFor({ timeout: 45_000 });
    expect(faults).to.deep.equal([]);
  });

  it('shows what nobody could be told, and tries again when it is told to', async () => {
    const { page, faults, visit } = await asAdmin();
    await visit('/settings');
    const table = page.getByRole('table', { name: 'Notifications that were not delivered' });
    // One after the other: those behind the oldest have not been tried.
    const oldest = table.getByRole('row').last();
    await oldest.getByText('waiting').waitFor();
    await oldest.getByText(/refused/i).waitFor();
    await oldest.getByRole('button', { name: /^Try now:/ }).click();
    await waitFor('it is in the audit log', async () => {
      const { entries } = await fleet.admin.listAudit({ limit: 5 });
      return entries.some(({ action }) => action === 'notification.retry');
    });
    expect(faults).to.deep.equal([]);
  });

  it('is operated without a mouse: a question takes the focus, Escape ends it, and the focus is where it was', async () => {
    const { page, visit } = await asAdmin();
    await visit('/spanner/spokes/dc2');
    const drain = page.getByRole('button', { name: 'Drain …' });
    await drain.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Drain dc2' });
    await dialog.waitFor();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      expect(
        await page.evaluate<boolean>(
          'document.activeElement.closest("main, nav") === null || document.activeElement.closest("dialog") !== null',
        ),
      ).to.equal(true);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate<string>('document.activeElement.textContent')).to.equal('Drain …');
    await visit('/spanner');
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent')).to.equal('Skip to the page');
  });

  it('is small: what the first page loads has less than 250 KiB, compressed', async () => {
    const { page } = await browser.open({ origin: fleet.apiUrl });
    const sizes: Promise<number>[] = [];
    page.on('response', (response) => {
      if (response.request().method() === 'GET') sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await page.goto('/');
    await signIn(page, admin);
    await page.getByText('of 6 enrolled').waitFor();
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).to.be.within(50_000, 250 * 1024);
  });

  it('says when the hub is away, and goes on by itself when it is back', async () => {
    const expected = (fault: string) => /ERR_|Failed to load resource/.test(fault);
    const { page, faults } = await asAdmin({ expected });
    await page.getByText('Live', { exact: true }).waitFor();
    await fleet.stopServer('hub');
    await page
      .getByText(/Reconnecting/i)
      .first()
      .waitFor();
    await fleet.restart('hub');
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 45_000 });
    await page.getByRole('link', { name: 'Envoys', exact: true }).click();
    await page.getByText('6 envoys').first().waitFor();
    expect(faults).to.deep.equal([]);
  });

  it('signs out, here and on the server', async () => {
    const { page, faults } = await asAdmin();
    const cookies = await page.context().cookies();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out' }).first().click();
    await page.getByLabel('API token').waitFor();
    await page.context().addCookies(cookies);
    await page.goto('/');
    await page.getByLabel('API token').waitFor();
    expect(faults).to.deep.equal([]);
  });

  for (const colorScheme of THEMES) {
    it(`can be used by everybody, on every page, in ${colorScheme}`, async function () {
      this.timeout(120_000);
      const { page, faults, visit } = await asAdmin({ colorScheme, viewport: { width: 1280, height: 900 } });
      const { moves } = await fleet.admin.listMoves({});
      const { envoys } = await fleet.admin.listEnvoys({});
      const { runs } = await fleet.admin.listRuns({});
      const paths = [
        ...['/', '/spanner', '/spanner/spokes/dc1', '/spanner/moves', `/spanner/moves/${moves[0]?.id}`],
        ...['/envoys', `/envoys/${envoys[0]?.id}`, `/runs/${runs[0]?.id}`, '/config', '/audit', '/settings'],
      ];
      const found: Record<string, string[]> = {};
      for (const path of paths) {
        await visit(path);
        const violations = await axeViolations(page);
        if (violations.length > 0) found[path] = violations;
      }
      expect(found).to.deep.equal({});
      expect(faults).to.deep.equal([]);
    });
  }

  it('fits a telephone: nothing is wider than the page', async () => {
    const { page, visit } = await asAdmin({ viewport: { width: 375, height: 812 } });
    for (const path of [
      '/',
      '/spanner',
      '/spanner/spokes/dc1',
      '/spanner/moves',
      '/envoys',
      '/config',
      '/audit',
      '/settings',
    ]) {
      await visit(path);
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      expect(wider, path).to.be.at.most(0);
    }
  });
});
