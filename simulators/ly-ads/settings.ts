/**
 * How the simulator behaves. Where the description of LY Ads leaves something open, a setting gives each reading; the
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
    .describe('time that an uploaded file is RECEIVING before it is RECEIVED'),
  reachMs: milliseconds(0, 96 * hour)
    .default(5000)
    .describe('time from RECEIVED until the reach of the list counts it'),
  matchRate: number(0, 1, { integer: false, placeholder: '<0..1>' })
    .default(0.65)
    .describe('share of the members that LY knows; 0: nobody matches'),
  firstReach: choice('null', 'zero').default('null').describe('the reach of a list before it was counted once'),
  rateLimit: number(1, 1_000_000).default(5).describe('requests a second per client id, above it 403 with 0003'),
  rateToleranceMs: milliseconds(0, 900)
    .default(100)
    .describe('how much a request may be late or early on its way before the rate counts it as too many'),
  pauseMs: milliseconds(0, hour).default(30_000).describe('how long a client id is refused after 0003'),
  clockSkewMs: milliseconds(-24 * hour, 24 * hour)
    .default(0)
    .describe("how far LY's clock is ahead of this machine's (negative: behind)"),
  tokenMs: milliseconds(1000, 24 * hour)
    .default(hour)
    .describe('life of an access token'),
  consent: choice('ask', 'allow', 'deny')
    .default('ask')
    .describe('whether the consent page asks, or answers by itself for the first person'),
  expiredToken: choice('0111', '0114').default('0111').describe('the code for an access token that has expired'),
  refreshToken: choice('kept', 'renewed')
    .default('kept')
    .describe('whether a refresh keeps the refresh token, or answers a new one and ends the old one'),
  tokenErrors: choice('json', 'text').default('json').describe('the form of an error of the token endpoint'),
  columnHeadings: choice('required', 'optional', 'refused')
    .default('required')
    .describe('the first row of a file: must be the headings of its columns, may be, or must not be'),
  fewestRows: number(1, 1_000_000).default(100).describe('rows that a file must have, without its headings'),
  mostBytes: number(1, 1_073_741_824).default(1_073_741_824).describe('bytes that a file may have'),
  fileSize: choice('unpacked', 'packed')
    .default('unpacked')
    .describe('whether the bytes of a file are counted before or after its compression'),
  ownAccount: choice('listed', 'left-out')
    .default('listed')
    .describe('whether AccountService/get lists an ad account that is the base account itself'),
  mostDays: number(1, 180).default(180).describe('the longest dataDuration'),
  mostLists: number(1, 1_000_000).default(300).describe('lists of an account, above it LT001'),
  duplicateNames: choice('refuse', 'allow')
    .default('refuse')
    .describe('whether two lists of an account may have one name, or D0001'),
  sendingAgain: choice('renews', 'ignored')
    .default('renews')
    .describe('whether a member that is sent again stays from then on, or still leaves as if sent once'),
  setDuration: choice('takes', 'ignored', 'refused')
    .default('takes')
    .describe('what set does with another dataDuration'),
  errorLevel: choice('request', 'value')
    .default('request')
    .describe('where 0200, 210001, 210003, 110005 and 120020 are: errors of the answer, or of its value'),
  stoppedCode: choice('210001', '120020')
    .default('210001')
    .describe('the code for an upload to a list whose data connection has stopped'),
  unusedDays: number(0, 10_000)
    .default(100)
    .describe('days after which the data connection of a list without an ad stops; 0: never'),
  detail: choice('on-request', 'always')
    .default('on-request')
    .describe('whether get shows the content of a list only with includeDetail'),
  absentProperties: choice('null', 'omit').default('null').describe('how properties without a value are written'),
  listIds: choice(...idLengths)
    .default('short')
    .describe('ids of new lists: 10 digits, just below 2^53, or above it'),
  olderJobs: choice('hidden', 'by-id')
    .default('hidden')
    .describe('uploads before the last 100 of a list: never shown, or shown when asked for by id'),
  keepFiles: toggle.default(false).describe('keep the bytes of every accepted file, to look at'),
};

export type Settings = z.infer<z.ZodObject<typeof settings>>;

/** `readSettings` reads some settings from JSON. `settingsOf` adds defaults for the others. */
export const { some: readSettings, all: settingsOf } = settingsReader(settings);
