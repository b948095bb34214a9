/** The web UI of a server that was just started: nothing is there yet, and every page says what to do about it. */
import { expect } from 'chai';
import { Role } from '../../src/gen/vigo/v1/access_pb.js';
import { axeViolations } from '../support/axe.ts';
import { useBrowser } from '../support/browser-fleet.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';

const PATHS = [
  '/',
  '/spanner',
  '/spanner/moves',
  '/envoys',
  '/config',
  '/audit',
  '/settings',
  '/runs/none',
  '/nowhere',
];

describe('the web UI of an empty fleet', function () {
  this.timeout(120_000);
  const fleet = useFleetProcesses({});
  const browser = useBrowser();
  let token: string;

  before(async () => {
    token = (await fleet.admin.createUser({ name: 'ada', role: Role.ADMIN })).token;
  });

  it('says how to enrol the first machine', async () => {
    const { page, faults } = await browser.signedIn(token, { origin: fleet.apiUrl });
    await page.getByText('vigocli tokens create').first().waitFor();
    await page.getByText('vigocli agent enroll').first().waitFor();
    expect(faults).to.deep.equal([]);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be used by everybody, on every page, in ${colorScheme}`, async () => {
      // A run that is not there is answered with 404, as is a page that nobody knows.
      const expected = (fault: string) => /status of 404/.test(fault);
      const options = { origin: fleet.apiUrl, colorScheme, expected };
      const { page, faults, visit } = await browser.signedIn(token, options);
      const found: Record<string, string[]> = {};
      for (const path of PATHS) {
        await visit(path);
        const violations = await axeViolations(page);
        if (violations.length > 0) found[path] = violations;
      }
      expect(found).to.deep.equal({});
      expect(faults).to.deep.equal([]);
    });
  }
});
