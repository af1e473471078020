/** The people who may sign in, from the command line. */
import { expect, test } from 'vitest';
import type { ListedUser } from '../../src/domain/people/people.ts';
import { serving } from '../support/serving.ts';

test('an administrator lists users, disables one, and removes one for good', async () => {
  const { lineup, json, token, url } = await serving({ role: 'api' });
  const administrator = await token('administrator');
  const as = { environment: { LINEUP_TOKEN: administrator } };
  const invite = (name: string, email: string) =>
    fetch(`${url}/api/v1/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${administrator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name, email, role: 'editor' }),
    });
  await invite('Bert Braun', 'bert@example.com');
  await invite('Mei Lin', 'mei@example.com');
  expect((await lineup(['users', 'list'])).code).toBe(2);
  expect((await lineup(['users', 'list'], as)).stdout).toMatch(/Bert Braun +bert@example.com +editor/);
  const disabled = await lineup(['users', 'disable', 'mei@example.com'], as);
  expect(disabled.stdout).toMatch(/^Disabled: Mei Lin, editor \(disabled \d{4}-\d\d-\d\d, by .+\)\.\n$/);
  expect((await lineup(['users', 'enable', 'Mei Lin'], as)).stdout).toBe('Enabled: Mei Lin, editor.\n');
  const unknown = await lineup(['users', 'remove', 'nobody', '--yes'], as);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('There is no user "nobody"')]);
  const asked = await lineup(['users', 'remove', 'bert@example.com'], as);
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('Confirm with --yes')]);
  const removed = await lineup(['users', 'remove', 'Bert@example.com', '--yes'], as);
  expect(removed.stdout).toBe('Removed. In place of the name stands "former user 1".\n');
  const left = await json<ListedUser[]>(['users', 'list'], as);
  expect(left.map(({ name }) => name)).toEqual(['Mei Lin']);
  // The same address can be invited again, as somebody new.
  expect((await invite('Bert Braun', 'bert@example.com')).status).toBe(201);
});
