/**
 * How the simulator behaves. Where the description of the API leaves something open, a setting gives each reading; the
 * default is the reading that the description prefers, or else the one that is harder for a client.
 */
import type { z } from 'zod';
import { choice, milliseconds, number, toggle } from '../shared/input.ts';
import { idLengths } from '../shared/json-values.ts';
import { settingsReader } from '../shared/settings.ts';

const hour = 3_600_000;

export const settings = {
  jobMs: milliseconds(0, 24 * hour)
    .default(1000)
    .describe('time that an upload takes from QUEUED over WORKING to FINISHED'),
  readyMs: milliseconds(0, 96 * hour)
    .default(5000)
    .describe('time from a finished upload until the audience is READY'),
  whileAdding: choice('in-progress', 'ready')
    .default('in-progress')
    .describe('the status of an audience that was READY, while it takes another upload'),
  fewestMembers: number(0, 1_000_000).default(1).describe('members that an audience needs to be READY'),
  tooFew: choice('in-progress', 'failed')
    .default('in-progress')
    .describe(
      'an audience with fewer members: stays IN_PROGRESS, or is FAILED as AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT',
    ),
  agreedRate: number(0, 1, { integer: false, placeholder: '<0..1>' })
    .default(1)
    .describe('share of the ids that LINE counts; others belong to nobody, or have not agreed to its privacy policy'),
  jobCount: choice('new', 'sent')
    .default('new')
    .describe('the audienceCount of an upload: new members, or all ids sent'),
  fewestShown: number(0, 1_000_000)
    .default(20)
    .describe('members of an audience of advertising ids, below which its audienceCount is 0'),
  rateLimit: number(1, 1_000_000).default(60).describe('requests a minute per channel and endpoint, above it 429'),
  rateToleranceMs: milliseconds(0, 59_000)
    .default(100)
    .describe('how much a request may be late or early on its way before the rate counts it as too many'),
  uploadsAtOnce: number(1, 1_000_000).default(10).describe('unfinished uploads to one audience, above it 429'),
  mostAudiences: number(1, 1_000_000).default(1000).describe('audiences of a channel'),
  mostIds: number(1, 1_500_000).default(1_500_000).describe('lines of a file'),
  malformedIds: choice('refuse', 'skip', 'job')
    .default('refuse')
    .describe('a file with a malformed id: is refused whole, is taken without it, or its job is FAILED'),
  lineEnds: choice('lf', 'any').default('lf').describe('whether lines must end with LF, or may end with CRLF'),
  lifeDays: number(1, 10_000).default(180).describe('days from the creation of an audience until it is EXPIRED'),
  goneDays: number(0, 10_000).default(30).describe('days after which an EXPIRED audience is deleted; 0: never'),
  duplicateNames: choice('allow', 'refuse')
    .default('allow')
    .describe('whether two audiences of a channel may have one name; case does not count'),
  foreignAudience: choice('not-found', 'forbidden')
    .default('not-found')
    .describe('a change of an audience that the channel may only read: AUDIENCE_GROUP_NOT_FOUND, or 403'),
  tokenMs: milliseconds(1000, 24 * hour)
    .default(899_000)
    .describe('life of an access token'),
  clockSkewMs: milliseconds(-24 * hour, 24 * hour)
    .default(0)
    .describe("how far LINE's clock is ahead of this machine's (negative: behind)"),
  deleteStatus: choice('200', '202').default('200').describe('the status of a deletion'),
  emptyAnswers: choice('nothing', 'object')
    .default('nothing')
    .describe('the answer to an addition and to a new name: no body, or {}'),
  jobOrder: choice('none', 'newest-first', 'oldest-first')
    .default('none')
    .describe('the order of the uploads that get shows; the last 50 in any case'),
  listOrder: choice('newest-first', 'oldest-first').default('newest-first').describe('the order of list'),
  absentProperties: choice('null', 'omit')
    .default('null')
    .describe('how properties of an upload without a value are written'),
  audienceIds: choice(...idLengths)
    .default('short')
    .describe('ids of new audiences: 13 digits, just below 2^53, or above it'),
  keepFiles: toggle.default(false).describe('keep the bytes of every accepted file, to look at'),
};

export type Settings = z.infer<z.ZodObject<typeof settings>>;

/** `readSettings` reads some settings from JSON. `settingsOf` adds defaults for the others. */
export const { some: readSettings, all: settingsOf } = settingsReader(settings);
