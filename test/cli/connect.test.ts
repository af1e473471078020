/** Connecting an authorization at the command line: the address is shown, and the code is never an argument. */
import { expect, onTestFinished, test } from 'vitest';
import { startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import type { Authorization } from '../../src/contracts/authorizations.ts';
import type { BaseAccountView } from '../../src/contracts/consents.ts';
import { serving } from '../support/serving.ts';

test('an authorization is connected with a code, and its base account is chosen', async () => {
  const lyAds = await startLyAdsSimulator({ rateToleranceMs: 500 });
  onTestFinished(() => lyAds.close());
  const { lineup, json } = await serving({ lyAdsUrl: lyAds.url, role: 'api' });
  const { clientId: client_id, clientSecret: client_secret } = lyAds.client;
  const { id } = await json<Authorization>(
    ['authorizations', 'create', '--provider', 'ly_ads', '--label', 'LY main', '--stdin'],
    { input: JSON.stringify({ client_id, client_secret }) },
  );
  expect((await lineup(['authorizations', 'show', id])).stdout).toContain(`authorizations connect ${id}`);
  expect((await lineup(['authorizations', 'list'])).stdout).toContain('not connected');

  const empty = await lineup(['authorizations', 'connect', id], { input: '\n' });
  expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('Give the code at the terminal') });
  const wrong = await lineup(['authorizations', 'connect', id], { input: 'a-mistyped-code\n' });
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('does not accept the code') });
  expect(wrong.stderr).not.toContain('a-mistyped-code');

  const code = lyAds.code();
  const done = await lineup(['authorizations', 'connect', 'LY main'], { input: `${code}\n` });
  expect(done.code).toBe(0);
  expect(done.stderr).toContain(`${lyAds.url}/oauth/v1/authorize?`);
  expect(done.stderr).toContain('redirect_uri=oob');
  expect(done.stderr).toContain('choose-base-account');
  expect(done.stdout).toMatch(/connected by editor .*, as BIZ0001; access renewed/);
  expect(`${done.stdout}${done.stderr}`).not.toContain(code);
  expect(`${done.stdout}${done.stderr}`).not.toContain(client_secret);

  const accounts = await json<BaseAccountView[]>(['authorizations', 'base-accounts', 'LY main']);
  expect(accounts.map((account) => [account.id, account.problem === null])).toEqual([
    ['1001', true],
    ['2001', true],
    ['2002', false],
    ['3001', false],
  ]);
  expect((await lineup(['authorizations', 'base-accounts', 'LY main'])).stdout).toContain('manages others');
  const refused = await lineup(['authorizations', 'choose-base-account', 'LY main', '2002']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('test account') });
  const chosen = await lineup(['authorizations', 'choose-base-account', 'LY main', '1001']);
  expect(chosen.stdout).toContain('base account: 1001 Example Group');

  const other = await lineup(['authorizations', 'connect', 'LY main'], {
    input: `${lyAds.code('oob', client_id, 'BIZ0002')}\n`,
  });
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('BIZ0002') });
  const replaced = await lineup(['authorizations', 'connect', 'LY main', '--replace-identity'], {
    input: `${lyAds.code('oob', client_id, 'BIZ0002')}\n`,
  });
  expect(replaced.stdout).toContain('as BIZ0002');

  const asked = await lineup(['authorizations', 'disconnect', 'LY main']);
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('No job uses it. Confirm with --yes.') });
  const ended = await json<Authorization>(['authorizations', 'disconnect', 'LY main', '--yes']);
  expect(ended.connection).toMatchObject({ connected: false, identity: null });
  const none = await lineup(['authorizations', 'disconnect', 'LY main', '--yes']);
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('is not connected') });
  expect(lyAds.inspect().violations).toEqual([]);
});
