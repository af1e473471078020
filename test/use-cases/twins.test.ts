/** The twins of audiences: where it looks, how often it asks, and what it does when it cannot look. */
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Destination, TakenOver } from '../../src/destinations/destination.ts';
import { destinationKinds } from '../../src/destinations/kinds.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import type { UseCaseDeps } from '../../src/use-cases/deps.ts';
import { twinsUseCase } from '../../src/use-cases/twins.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { anAuthorization, at, newKey, openBox } from '../support/service.ts';

const [onPglite] = databases;
const key = newKey();
const signal = () => AbortSignal.timeout(60_000);
const list = (id: string, name: string, originalId: string | null = null): TakenOver => ({
  id,
  name,
  originalId,
  type: originalId === null ? 'MIGRATED_LINE_AUDIENCE' : 'BUSINESS_MANAGER',
  size: '120',
});

describe('the twins of audiences', () => {
  const current = useDatabase(onPglite!);
  let now = at(0);
  beforeEach(() => {
    now = at(0);
  });

  /** Both destinations, as far as they are asked. */
  function connect(lists: Readonly<Record<string, readonly TakenOver[] | LineupError>>) {
    const asked: string[] = [];
    const line: Partial<Destination> = {
      find: async function* (_account, by) {
        asked.push('line');
        for (const id of 'ids' in by ? by.ids : []) yield { id, name: `Name of ${id}` } as never;
      },
    };
    const successor: Partial<Destination> = {
      accounts: async (max) => {
        asked.push('accounts');
        return Object.keys(lists)
          .slice(0, max)
          .map((id) => ({ id, name: null }));
      },
      takenOver: async function* (account) {
        asked.push(account);
        const found = lists[account] ?? [];
        if (found instanceof LineupError) throw found;
        yield* found;
      },
    };
    const kinds = destinationKinds as unknown as (typeof destinationKinds)[number][];
    const before = [...kinds];
    const stub = (id: string, destination: Partial<Destination>) => ({
      id,
      load: async () => ({ connect: () => destination as Destination }),
    });
    kinds.splice(0, kinds.length, stub('line_ads', line), stub('ly_ads', successor));
    onTestFinished(() => void kinds.splice(0, kinds.length, ...before));
    const { db } = current.database;
    const providerOf = async (id: string) =>
      (await db.selectFrom('authorizations').select('provider').where('id', '=', id).executeTakeFirstOrThrow())
        .provider;
    const deps = {
      db,
      now: () => now,
      sleep: () => new Promise<void>(() => {}),
      destinations: {
        authorizations: { providerOf, reveal: async () => new Secret({}), isSaved: () => false },
        baseUrls: {},
      },
    } as unknown as UseCaseDeps;
    return { find: twinsUseCase(deps), asked: () => asked.splice(0) };
  }

  const authorize = async (label: string, provider = 'line_ads') => {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key), label);
    await db.updateTable('authorizations').set({ provider }).where('id', '=', id).execute();
    return id;
  };

  test('nothing is asked where no successor is connected', async () => {
    const { find, asked } = connect({});
    const request = { authorization_id: await authorize('LINE'), adaccount_id: 'A1', audience_ids: ['1'] };
    expect(await find(request, signal())).toEqual({ items: [], accounts: 0, left_out: 0, problems: [] });
    expect(asked()).toEqual([]);
  });

  test('each account is asked once, for all who look; after a while again', async () => {
    const { find, asked } = connect({
      7: [list('71', 'Other', '1'), list('72', 'Name of 2')],
      8: new LineupError('line_forbidden', 'This account is closed.'),
    });
    const authorization_id = await authorize('LINE');
    const ly = await authorize('LY', 'ly_ads');
    const request = { authorization_id, adaccount_id: 'A1', audience_ids: ['1', '2', '3'] };
    const result = await find(request, signal());
    expect(result).toMatchObject({
      items: [
        { audience_id: '1', match: 'id', authorization_id: ly, authorization_label: 'LY', adaccount_id: '7', id: '71' },
        { audience_id: '2', match: 'name', id: '72', type: 'MIGRATED_LINE_AUDIENCE', estimated_size: '120' },
      ],
      accounts: 2,
      left_out: 0,
      problems: [{ authorization_label: 'LY', message: 'This account is closed.' }],
    });
    expect(asked()).toEqual(['line', 'accounts', '7', '8']);
    expect(await find({ ...request, audience_ids: ['2'] }, signal())).toMatchObject({ items: [{ id: '72' }] });
    expect(asked()).toEqual(['line']);
    now = at(40);
    await find(request, signal());
    expect(asked()).toEqual(['line', 'accounts', '7', '8']);
    // Other credentials may see more.
    await current.database.db.updateTable('authorizations').set({ revision: 2 }).where('id', '=', ly).execute();
    await find(request, signal());
    expect(asked()).toEqual(['line', 'accounts', '7', '8']);
  });

  test('it looks in few accounts, and says how many it left out', async () => {
    const accounts = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [String(100 + n), []]));
    const { find, asked } = connect(accounts);
    const request = { authorization_id: await authorize('LINE'), adaccount_id: 'A1', audience_ids: ['1'] };
    await authorize('LY', 'ly_ads');
    expect(await find(request, signal())).toMatchObject({ items: [], accounts: 20, left_out: 1 });
    expect(asked()).toHaveLength(22);
  });
});
