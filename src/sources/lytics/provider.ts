/** Lytics as a provider of audiences. */

import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { portOf } from '../../domain/values/hosts.ts';
import { webHost } from '../http.ts';
import { type Credentials, credential, type ProviderOptions, type SourceProvider } from '../source.ts';
import type { LyticsAudience, LyticsField } from './answers.ts';
import { LyticsClient } from './client.ts';
import { connect, type LyticsOptions, readOrigin } from './connection.ts';
import { LyticsSource, shapeOf } from './source.ts';

export interface LyticsProviderOptions extends ProviderOptions {
  /** Used for the waits between attempts. @default the system's */
  readonly clock?: Clock;
}

/** Credentials: `token`, the API token, and `origin`, the address of the API. */
export function lyticsProvider({ clock, networkAt }: LyticsProviderOptions = {}): SourceProvider {
  const connect = (credentials: Credentials): LyticsOptions => {
    const origin = readOrigin(credential(credentials, 'origin'));
    const network = networkAt?.(portOf(new URL(origin)));
    return { token: credential(credentials, 'token') ?? '', origin, network, clock };
  };
  return {
    open: async (credentials, audienceId, signal) => openLytics({ ...connect(credentials), audienceId, signal }),
    // Lytics returns all audiences at once. This cuts them into pages.
    audiences: async (credentials, { limit, cursor, search }, signal) => {
      const wanted = search?.toLowerCase() ?? '';
      const found = (await lyticsCatalogue(connect(credentials)).audiences(signal))
        .filter(({ name }) => name.toLowerCase().includes(wanted))
        .sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
      const from = cursor === undefined ? 0 : found.findIndex(({ id }) => id === cursor) + 1;
      const shown = found.slice(from, from + limit);
      return {
        items: shown.map(({ id, name, description, size }) => ({
          id,
          name,
          description,
          size: size ?? null,
          updated_at: null,
          file: null,
        })),
        next: found.length > from + limit ? (shown.at(-1)?.id ?? null) : null,
        total: found.length,
      };
    },
    // In Lytics, an id can only name an audience.
    lists: async () => true,
    verify: async (credentials, signal) => {
      const found = await lyticsCatalogue(connect(credentials)).audiences(signal);
      const works =
        found.length === 1
          ? sentence`Lytics accepts the token and shows one audience.`
          : sentence`Lytics accepts the token and shows ${found.length} audiences.`;
      return { works };
    },
    hosts: (credentials) => {
      const url = new URL(readOrigin(credential(credentials, 'origin')));
      return [webHost('Lytics', url)];
    },
  };
}

export interface LyticsCatalogue {
  /** All valid audiences of members, with their sizes. The call also shows whether the token works. */
  audiences(signal?: AbortSignal): Promise<LyticsAudience[]>;
  /** The user fields that can hold an identifier. */
  fields(signal?: AbortSignal): Promise<LyticsField[]>;
}

/**
 * @throws {LineupError} `invalid_configuration`; its calls: `source_unauthorized`, `source_failed`,
 *   `interrupted`
 */
export function lyticsCatalogue(options: LyticsOptions): LyticsCatalogue {
  const client = new LyticsClient(connect(options));
  return {
    audiences: (signal) => client.audiences(signal),
    fields: async (signal) => (await client.fields(signal)).filter(({ type }) => shapeOf(type)),
  };
}

export interface OpenLyticsOptions extends LyticsOptions {
  /** The audience's id. Its slug works too, but changes when the audience is renamed. */
  readonly audienceId: string;
  readonly signal?: AbortSignal;
}

/**
 * Opens a Lytics audience.
 * @throws {LineupError} `invalid_configuration`, `source_unauthorized`, `source_not_found`,
 *   `source_unreadable` (its rule is invalid), `source_unsupported` (not an audience of members),
 *   `source_failed`, `interrupted`
 */
export async function openLytics(options: OpenLyticsOptions): Promise<LyticsSource> {
  const client = new LyticsClient(connect(options));
  const audience = await client.audience(options.audienceId, options.signal);
  if (audience.table !== 'user') {
    throw new LineupError(
      'source_unsupported',
      sentence`The Lytics audience "${audience.name}" belongs to the table ${audience.table} and has no members. Choose another audience.`,
    );
  }
  if (audience.invalidReason !== undefined) {
    throw new LineupError(
      'source_unreadable',
      sentence`Lytics marks the audience "${audience.name}" as invalid (${audience.invalidReason}). Correct it in Lytics.`,
    );
  }
  return new LyticsSource(client, audience);
}
