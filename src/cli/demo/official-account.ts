/** LINE Official Account in the demo: a simulator, an authorization of its channel, and a job of LINE user ids. */
import { join } from 'node:path';
import { startLineOfficialAccountSimulator } from '../../../simulators/line-official-account/index.ts';
import type { UseCases } from '../../contracts/use-cases.ts';
import { system } from '../../domain/people/people.ts';
import { number } from '../output.ts';
import { create, endOf, job } from './jobs.ts';
import { friendLines } from './members.ts';
import { step, writeLines } from './stage.ts';

/** The simulator as a destination. Plain data, so that it can go to another process. */
export interface DemoOfficialAccount {
  readonly url: string;
  readonly channelId: string;
  readonly channelSecret: string;
}

export interface RunningOfficialAccount {
  readonly officialAccount: DemoOfficialAccount;
  close(): Promise<void>;
}

export async function startOfficialAccount(): Promise<RunningOfficialAccount> {
  const { url, channel, close } = await startLineOfficialAccountSimulator({ jobMs: 600, readyMs: 3_000 });
  step('A simulator of LINE Official Account is running', url);
  const { channelId, channelSecret } = channel;
  return { officialAccount: { url, channelId, channelSecret }, close };
}

/** Few, so that the start of the demo stays short. */
const FRIENDS = 5_000;

/**
 * Its first run goes on while other parts of the demo are made.
 * @param exports the folder for its file
 * @returns what waits for it
 */
export async function fillOfficialAccount(
  useCases: UseCases,
  { channelId, channelSecret }: DemoOfficialAccount,
  exports: string,
): Promise<() => Promise<void>> {
  const name = 'Friends, to LINE Official Account';
  const file = await writeLines(join(exports, 'friends.csv'), friendLines(FRIENDS));
  const input = {
    provider: 'line_official_account',
    method: 'line_official_account_secret',
    label: 'LINE Official Account',
    description: 'On a simulator of the demo',
    configuration: { channel_id: channelId, channel_secret: channelSecret },
    verify: 'first' as const,
  };
  const { id: authorizationId } = (await useCases.authorizations.create(input, system)).value;
  const weekly = job(name, authorizationId, file, { run_frequency: 'weekly', day_of_week: 'thursday' });
  const id = await create(useCases, {
    ...weekly,
    type: 'line_official_account_audience_export',
    configuration: {
      ...weekly.configuration,
      adaccount_id: channelId,
      identifier_type: 'line_user_id',
      id_field: 'line_user_id',
    },
  });
  return async () => {
    const { last_run } = await endOf(useCases, id);
    step(
      `The job "${name}" sends LINE user ids`,
      `${number(last_run?.unique ?? 0)} members of ${number(FRIENDS)} rows; a malformed id is never sent`,
    );
  };
}
