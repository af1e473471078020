/** A channel as its messages need it: with the secrets outside Lineup to which it refers, read at each use. */
import { type ChannelKind, channelConfigurations } from '../../contracts/notifications.ts';
import { Secret } from '../../domain/values/secret.ts';
import { revealChannel } from '../../store/repositories/notification-channels.ts';
import type { UseCaseDeps } from '../deps.ts';
import { withValues } from '../secrets-outside.ts';

/** @throws {LineupError} as `revealChannel`; `secret_unavailable` */
export async function channelToUse(
  { db, box, readSecret }: Pick<UseCaseDeps, 'db' | 'box' | 'readSecret'>,
  id: string,
): ReturnType<typeof revealChannel> {
  const { configuration: stored, ...channel } = await revealChannel(db, box, id);
  const configuration = stored.reveal() as Record<string, unknown>;
  return {
    ...channel,
    configuration: new Secret(await withValues(configuration, (whole) => checked(channel.kind, whole), readSecret)),
  };
}

const checked = (kind: ChannelKind, configuration: Record<string, unknown>) =>
  channelConfigurations[kind].safeParse(configuration);
