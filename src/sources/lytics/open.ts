/** The two ways in: all audiences of an account, and one of them as a source. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { LyticsAudience, LyticsField } from './answers.ts';
import { LyticsClient } from './client.ts';
import { connect, type LyticsOptions } from './connection.ts';
import { LyticsSource } from './source.ts';
import { fitOf } from './values.ts';

export interface LyticsCatalogue {
  /** All sound audiences of members, with their sizes. Also shows whether the token works. */
  audiences(signal?: AbortSignal): Promise<LyticsAudience[]>;
  /** The user fields that can hold an identifier. */
  fields(signal?: AbortSignal): Promise<LyticsField[]>;
}

/** @throws {LineupError} `invalid_configuration`; of its calls: `source_unauthorized`, `source_failed`, `interrupted` */
export function lyticsCatalogue(options: LyticsOptions): LyticsCatalogue {
  const client = new LyticsClient(connect(options));
  return {
    audiences: (signal) => client.audiences(signal),
    fields: async (signal) => (await client.fields(signal)).filter(({ type }) => fitOf(type)),
  };
}

export interface OpenLyticsOptions extends LyticsOptions {
  /** The audience's id; its slug works, too, but does not survive a renaming. */
  readonly audienceId: string;
  readonly signal?: AbortSignal;
}

/**
 * Opens a Lytics audience.
 * @throws {LineupError} `invalid_configuration`, `source_unauthorized`, `source_not_found`, `source_unreadable` (its rule is
 * invalid), `source_unsupported` (it is not of members), `source_failed`, `interrupted`
 */
export async function openLytics(options: OpenLyticsOptions): Promise<LyticsSource> {
  const client = new LyticsClient(connect(options));
  const audience = await client.audience(options.audienceId, options.signal);
  if (audience.table !== 'user') {
    throw new LineupError(
      'source_unsupported',
      sentence`The Lytics audience "${audience.name}" is one of the table ${audience.table}, not of members.`,
    );
  }
  if (audience.invalidReason !== undefined) {
    throw new LineupError(
      'source_unreadable',
      sentence`Lytics calls the audience "${audience.name}" invalid (${audience.invalidReason}). Correct it in Lytics.`,
    );
  }
  return new LyticsSource(client, audience);
}
