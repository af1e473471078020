/** An authorization of LINE Official Account on its simulator, and jobs of it. */
import type { LineOfficialAccountSimulator } from '../../simulators/line-official-account/index.ts';
import { newAuthorization } from '../../src/contracts/authorizations.ts';
import { type NewJob, newJob } from '../../src/contracts/jobs.ts';
import type { UseCases } from '../../src/contracts/use-cases.ts';
import type { Actor } from '../../src/domain/people/people.ts';
import { aNewJob } from './service.ts';

/** @returns its id */
export async function connectOfficialAccount(
  { authorizations }: UseCases,
  { channel }: Pick<LineOfficialAccountSimulator, 'channel'>,
  actor: Actor,
): Promise<string> {
  const configuration = { channel_id: channel.channelId, channel_secret: channel.channelSecret };
  const about = { provider: 'line_official_account', method: 'line_official_account_secret', label: 'LINE Tokyo' };
  const { value } = await authorizations.create(newAuthorization.parse({ ...about, configuration }), actor);
  return value.id;
}

/** A job of user ids, as the API would have parsed it. */
export const anOfficialAccountJob = (
  authorization: string,
  { channel }: Pick<LineOfficialAccountSimulator, 'channel'>,
  configuration: Record<string, unknown> = {},
): NewJob =>
  newJob.parse({
    ...aNewJob(authorization, {
      adaccount_id: channel.channelId,
      identifier_type: 'line_user_id',
      id_field: 'user',
      ...configuration,
    }),
    type: 'line_official_account_audience_export',
  });

/** The channel of the simulator. */
export const CHANNEL = '1657000001';

/** An invented LINE user id. */
export const lineUser = (n: number): string => `U${n.toString(16).padStart(32, '0')}`;
