/** Where members leave by age: what the page of a job, and the audiences, say of it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CustomAudience, Twins } from '../../src/contracts/custom-audiences.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { Alert } from '../../src/domain/alerts/alerts.ts';
import { closeVisits, fits, goTo, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, comeIn, type Installation, install } from '../support/installation.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const DAY = 24 * 3_600_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();

describe('where members leave by age', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  let job: JobView;
  beforeAll(async () => {
    web = await startWeb();
    web.write('vip.csv', memberLines(30));
    web.write('out.csv', memberLines(3));
    installation = await install(web);
    await web.service.suppressionLists.create(
      {
        name: 'Opted out',
        description: '',
        source_authorization_id: null,
        segment_id: `${web.members}/out.csv`,
        fields: { email: 'email' },
        applies_to: 'all_jobs',
        max_shrink: 0.5,
      },
      installation.administrator,
    );
    job = await addJob(web, installation, { name: 'VIP customers', file: 'vip.csv', audience: 'VIP' });
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterEach(() => page.unrouteAll({ behavior: 'wait' }));
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  /** Changes an answer of the API, as a service with such a destination would give it. */
  const changed = <T>(path: string | RegExp, change: (body: T) => unknown) =>
    page.route(path, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: change((await answer.json()) as T) });
    });

  test('a job says when its list is empty, how long people stay who opt out, and which alert is open', async () => {
    await changed<JobView>(new RegExp(`/api/v1/jobs/${job.id}$`), (body) => ({
      ...body,
      runs_empty_at: inDays(5),
      longest_stay_days: 30,
      open_alerts: 1,
      configuration: { ...body.configuration, member_days: 30 },
    }));
    const alert: Partial<Alert> = {
      id: 1,
      job_id: job.id,
      rule: 'runs_empty',
      message: 'The list will be empty soon.',
      sentence: null,
      run_id: null,
      raised_at: inDays(-1),
      cleared_at: null,
    };
    await changed<{ items: unknown[] }>(/\/api\/v1\/alerts\?/, (body) => ({ ...body, items: [alert] }));
    await goTo(page, `/jobs/${job.id}`);
    await page.getByText('unless a run sends them again').waitFor();
    // It counts the days of a calendar, and midnight may have passed.
    await page.getByText(/in [45] days/).waitFor();
    await page.getByText('is not sent any more, but stays in the audience for up to 30 days.').waitFor();
    const banner = page.getByRole('region', { name: 'List becomes empty, because no run sends its members again' });
    await banner.getByText('The list will be empty soon.').waitFor();
    await fits(page, 'job-runs-empty');
  });

  test('an audience says that it cannot be used, and shows its twins', async () => {
    const account = `authorization=${job.authorization_id}&account=A1`;
    let first = '';
    await changed<{ items: CustomAudience[] }>(/\/api\/v1\/custom-audiences\?/, (body) => {
      const [audience, ...others] = body.items;
      first = audience!.id;
      const unusable = { message: 'No ad has used the list for 100 days. Use it in an ad.', sentence: null };
      return {
        ...body, // LY Ads does not tell when a list was made.
        items: [{ ...audience!, unusable, created: '' }, ...others],
      };
    });
    // Another system that has taken over the audiences of this one.
    await changed<{ items: { id: string }[] }>(/\/api\/v1\/authorizations$/, (body) => ({
      ...body,
      items: [...body.items, { ...body.items[0], id: 'aut_ly', label: 'LY Tokyo', provider: 'ly_ads' }],
    }));
    const twin = {
      authorization_id: 'aut_ly',
      authorization_label: 'LY Tokyo',
      adaccount_id: '700',
      type: 'BUSINESS_MANAGER',
      estimated_size: '1200',
    };
    await page.route(/\/custom-audiences\/twins$/, async (route) => {
      const asked = route.request().postDataJSON() as { audience_ids: string[] };
      expect(asked.audience_ids).toContain(first);
      const items: Twins['items'] = [
        { ...twin, audience_id: first, match: 'id', id: '71', name: 'VIP of LINE' },
        { ...twin, audience_id: first, match: 'name', id: '72', name: 'VIP' },
      ];
      await route.fulfill({ json: { items, accounts: 1, left_out: 0, problems: [] } satisfies Twins });
    });
    await page.goto(`${web.url}/audiences?${account}`);
    await page.getByText('Audience cannot be used').waitFor();
    await page.getByText('Use it in an ad.').waitFor();
    await page.getByText('The same in LY Tokyo: VIP of LINE (1,200)').waitFor();
    await page.getByText('Perhaps the same in LY Tokyo, by its name: VIP (1,200)').waitFor();
    await fits(page, 'audiences-twins');
    const link = page.getByRole('link', { name: 'VIP of LINE' });
    expect(await link.getAttribute('href')).toMatch(/authorization=aut_ly.*account=%?2?2?700/);
  });
});
