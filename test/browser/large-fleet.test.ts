/** The web UI over a fleet of 100,000 envoys, on the disks of a real hub and two real spokes. */
import { expect } from 'chai';
import { inventEnvoys, seedDirectory, seedSpoke } from '../../bench/support/seed.ts';
import { useBrowser } from '../support/browser-fleet.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { waitFor } from '../support/wait-for.ts';

const PER_SPOKE = 50_000;
const SPOKES = ['dc1', 'dc2'];
/** Every thousandth envoy. */
const FAILED = (2 * PER_SPOKE) / 1_000;

describe('the web UI of a large fleet', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({
    spokes: SPOKES,
    licensedEnvoys: 200_000,
    // Nobody checks in: so long nobody is offline.
    checkinInterval: '1h',
    async prepare(dataDirOf) {
      const placed = new Map(
        SPOKES.map((spoke) => {
          const envoys = inventEnvoys(spoke, PER_SPOKE);
          return [spoke, envoys.map((envoy, i) => (i % 1_000 === 7 ? { ...envoy, status: 'failed' as const } : envoy))];
        }),
      );
      for (const [spoke, envoys] of placed) await seedSpoke(dataDirOf(spoke), envoys);
      await seedDirectory(dataDirOf('hub'), placed);
    },
  });
  const browser = useBrowser();
  const open = async () => {
    const { token } = await fleet.admin.createUser({ name: `ada${Date.now()}`, role: 2 });
    return browser.signedIn(token, { origin: fleet.apiUrl, viewport: { width: 1280, height: 900 } });
  };

  it('shows how it is at a glance', async () => {
    const { page, faults, visit } = await open();
    await visit('/');
    await page.getByText('of 100,000 enrolled').waitFor();
    await page.getByText(`${FAILED} envoys failed their last run`).waitFor();
    await page.getByText(/99,900 of 100,000 envoys converged/).waitFor();
    expect(faults).to.deep.equal([]);
  });

  it('scrolls through a list of which only what is in sight is there', async () => {
    const { page, faults, visit } = await open();
    await visit('/envoys');
    await page.getByText('100,000 envoys', { exact: false }).first().waitFor();
    const far = page.getByRole('link', { name: /^web01\d{3}\.dc1/ }).first();
    await waitFor('row 2,000 is in sight', async () => {
      await page.mouse.wheel(0, 8_000);
      return far.isVisible();
    });
    expect(await page.locator('tbody tr').count()).to.be.below(150);
    expect(faults).to.deep.equal([]);
  });

  it('finds a hundred among them, and one', async () => {
    const { page, faults, visit } = await open();
    await visit('/envoys');
    await page.getByRole('checkbox', { name: 'failed' }).check();
    await page.getByText(`${FAILED} envoys match`).waitFor();
    expect(new URL(page.url()).search).to.include('failed');
    await page.getByLabel('Host name', { exact: true }).fill('web04007.*');
    await page.getByText('2 envoys match').waitFor();
    await page.getByRole('link', { name: 'web04007.dc2.example.com' }).waitFor();
    await page.getByRole('button', { name: 'Host name' }).click();
    await page.locator('tbody tr').first().getByText('web04007.dc2.example.com').waitFor();
    expect(faults).to.deep.equal([]);
  });
});
