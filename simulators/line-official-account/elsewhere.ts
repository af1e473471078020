/** Audiences that were not made by the API, to test how a client handles them. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../shared/clock.ts';
import { idWords } from '../shared/hex-codec.ts';
import { choice, fields, number, read, SimulatorInputError, text, toggle } from '../shared/input.ts';
import { Records } from '../shared/records.ts';
import { type Audience, createRoutes, newAudience, statuses } from './audiences.ts';
import { decodeLine } from './membership.ts';
import type { State } from './state.ts';

const mostMembers = 1_000_000;
const mostJobs = 1000;
const listed = `a list of at most ${mostJobs}`;

const elsewhere = fields({
  name: text,
  /** The channel that has created it. Absent: it belongs to the bot of the first channel, and can only be read. */
  channelId: text.optional(),
  /** @default UPLOAD */
  type: text.optional(),
  /** @default MESSAGING_API with a channel, OA_MANAGER without */
  createRoute: choice(...createRoutes).optional(),
  isIfaAudience: toggle.optional(),
  status: choice(...statuses).optional(),
  /** The number of invented members. @default 0 */
  members: number(0, mostMembers).optional(),
  /** The number that LINE shows, for an audience without ids. */
  audienceCount: number(0, 1e9).optional(),
  /** How long ago it was created. @default 0 */
  ageDays: number(0, 10_000).optional(),
  /** Whose it is, when Business Manager shares it. */
  owner: fields({ serviceType: text, id: text, name: text }).optional(),
  /** Uploads that others have made, oldest first. They ended when they came. */
  jobs: z
    .array(fields({ description: text.optional(), failedType: text.optional() }), listed)
    .max(mostJobs, listed)
    .readonly()
    .optional(),
});

export type Elsewhere = z.infer<typeof elsewhere>;

/** Reads one from JSON. @throws {SimulatorInputError} */
export const readElsewhere = (value: unknown): Elsewhere => read(elsewhere, value, 'the body');

/** @throws {SimulatorInputError} for an unknown channel */
export const addElsewhere = (
  { state, clock }: { readonly state: State; readonly clock: Clock },
  given: Elsewhere,
): Audience => add(state, clock.time(), given);

function add(state: State, now: number, given: Elsewhere): Audience {
  const { name, channelId, members = 0, ageDays = 0, jobs = [], owner, status, audienceCount } = given;
  const channel = channelId === undefined ? [...state.channels.values()][0] : state.channels.get(channelId);
  if (!channel) throw new SimulatorInputError(`There is no channel ${JSON.stringify(channelId)}.`);
  const createdAt = now - ageDays * 86_400_000;
  const audience = newAudience({
    id: state.newAudienceId(),
    channelId: channelId ?? null,
    bot: channel.bot,
    name,
    createdAt,
    isIfa: given.isIfaAudience ?? false,
    type: given.type ?? 'UPLOAD',
    createRoute: given.createRoute ?? (channelId === undefined ? 'OA_MANAGER' : 'MESSAGING_API'),
    forced: status ?? null,
    shownCount: audienceCount ?? null,
    owner: owner ?? null,
  });
  if (members > 0) {
    audience.members.add(invented(name, members, audience.members.isIfa));
    audience.readyAt = createdAt;
    audience.firstReadyAt = createdAt;
  }
  state.addAudience(audience);
  for (const { description, failedType } of jobs) {
    state.addJob({
      id: state.newJobId(),
      audienceId: audience.id,
      channelId: channel.id,
      description: description ?? null,
      sent: 0,
      bytes: 0,
      request: 0,
      createdAt: now,
      acceptedAt: now,
      listedAt: now,
      durationMs: 0,
      stuck: null,
      failedType: failedType ?? null,
      taken: 0,
      count: 0,
      ids: null,
      file: null,
    });
  }
  return audience;
}

/** What a bot has that is in use for a while: audiences of others, and two that Business Manager shares. */
export function addSeeds(state: State, now: number): void {
  const seeds: Elsewhere[] = [
    { name: 'Clicked in spring', type: 'CLICK', audienceCount: 8619, ageDays: 40 },
    { name: 'アプリ起動者', type: 'APP_EVENT', createRoute: 'AD_MANAGER', audienceCount: 3368, status: 'INACTIVE' },
    {
      name: 'Buyers of LINE Ads',
      createRoute: 'AD_MANAGER',
      audienceCount: 18_400,
      owner: { serviceType: 'lap', id: 'A012345678', name: 'Example Store' },
    },
    {
      name: 'Site visitors',
      type: 'WEBTRAFFIC',
      createRoute: 'BUSINESS_MANAGER',
      audienceCount: 0,
      owner: { serviceType: 'bm', id: '0123456789ABCDEFGHIJKLMNOP', name: 'Example Group' },
    },
  ];
  for (const seed of seeds) add(state, now, seed);
}

/** Ids that belong to nobody. */
function invented(name: string, count: number, isIfa: boolean): Records {
  const ids = new Records(idWords);
  for (let n = 0; n < count; n += 1) {
    const hex = createHash('sha256').update(`${name} ${n}`).digest('hex').slice(0, 32);
    const id = isIfa ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : `U${hex}`;
    decodeLine(Buffer.from(id), isIfa, ids);
  }
  return ids;
}
