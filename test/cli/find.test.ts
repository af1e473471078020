/** What a command names: by id, by name, or by the e-mail address of a person. */
import { expect, test } from 'vitest';
import type { ApiClient } from '../../src/cli/api/client.ts';
import { findUser } from '../../src/cli/api/find.ts';

const users = [{ id: 'usr_1', name: 'Aiko Tanaka', email: 'aiko@example.com' }];
const client = { call: async () => ({ items: users }) } as unknown as ApiClient;

test.each(['usr_1', 'Aiko Tanaka', 'aiko@example.com', 'Aiko@Example.com'])('%s is a person', async (given) => {
  expect(await findUser(client, given)).toEqual(users[0]);
});

test.each(['', ' ', 'ben@example.com'])('“%s” is nobody', async (given) => {
  await expect(findUser(client, given)).rejects.toMatchObject({ code: 'not_found' });
});
