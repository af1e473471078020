/** How the simulator behaves. */
import type { z } from 'zod';
import { choice, milliseconds, number, toggle } from '../shared/input.ts';
import { settingsReader } from '../shared/settings.ts';

const hour = 3_600_000;

export const settings = {
  jobMs: milliseconds(0, 24 * hour)
    .default(1000)
    .describe('time that an upload job takes from QUEUED over WORKING to FINISHED'),
  matchMs: milliseconds(0, 96 * hour)
    .default(5000)
    .describe('time from a finished job until LINE has matched the audience (status READY)'),
  matchRate: number(0, 1, { integer: false, placeholder: '<0..1>' })
    .default(0.65)
    .describe('share of the members that LINE knows; 0: nobody matches'),
  rateLimit: number(1, 1_000_000).default(10).describe('requests a second per access key, above it 429'),
  rateToleranceMs: milliseconds(0, 900)
    .default(100)
    .describe('how much a request may be late or early on its way before the rate counts it as too many'),
  replaceLimit: number(1, 1_000_000).default(3).describe('REPLACE uploads at once per ad account, above it 429'),
  clockSkewMs: milliseconds(-24 * hour, 24 * hour)
    .default(0)
    .describe("how far LINE's clock is ahead of this machine's (negative: behind)"),
  tokenPadding: choice('optional', 'required')
    .default('optional')
    .describe('whether the parts of a token need the padding of base64 (=)'),
  duplicateNames: choice('refuse', 'allow')
    .default('refuse')
    .describe('whether two audiences of an ad account may have one name'),
  formatErrors: choice('request', 'job')
    .default('request')
    .describe('where a bad line shows: the upload is answered 400, or it is accepted and its job fails'),
  hashedIfa: choice('accept', 'refuse', 'no-match')
    .default('accept')
    .describe('what happens to hashed advertising ids in an IFA upload'),
  overlappingUploads: choice('flag', 'refuse')
    .default('flag')
    .describe('an upload to an audience that is being processed: only a violation, or also 400 LOCK_DEFAULT'),
  keepFiles: toggle.default(false).describe('keep the bytes of every accepted file, to look at'),
};

export type Settings = z.infer<z.ZodObject<typeof settings>>;

/** `readSettings` reads some settings from JSON. `settingsOf` adds defaults for the others. */
export const { some: readSettings, all: settingsOf } = settingsReader(settings);
