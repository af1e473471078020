/** How the simulator behaves. */
import { choice, number, toggle } from '../shared/input.ts';
import { type SettingsOf, settingsReader, spec } from '../shared/settings.ts';
import type { TokenPadding } from './signature.ts';

const hour = 3_600_000;

export const settingSpecs = {
  jobMs: spec({
    default: 1000,
    placeholder: '<ms>',
    description: 'time that an upload job takes from QUEUED over WORKING to FINISHED',
    schema: number(0, 24 * hour),
  }),
  matchMs: spec({
    default: 5000,
    placeholder: '<ms>',
    description: 'time from a finished job until LINE has matched the audience (status READY)',
    schema: number(0, 96 * hour),
  }),
  matchRate: spec({
    default: 0.65,
    placeholder: '<0..1>',
    description: 'share of the members that LINE knows; 0: nobody matches',
    schema: number(0, 1, { integer: false }),
  }),
  rateLimit: spec({
    default: 10,
    placeholder: '<n>',
    description: 'requests a second per access key, above it 429',
    schema: number(1, 1_000_000),
  }),
  rateToleranceMs: spec({
    default: 100,
    placeholder: '<ms>',
    description: 'how much a request may be late or early on its way before the rate counts it as too many',
    schema: number(0, 900),
  }),
  replaceLimit: spec({
    default: 3,
    placeholder: '<n>',
    description: 'REPLACE uploads at once per ad account, above it 429',
    schema: number(1, 1_000_000),
  }),
  clockSkewMs: spec({
    default: 0,
    placeholder: '<ms>',
    description: "how far LINE's clock is ahead of this machine's (negative: behind)",
    schema: number(-24 * hour, 24 * hour),
  }),
  tokenPadding: spec<TokenPadding>({
    default: 'optional',
    placeholder: '<optional|required>',
    description: 'whether the parts of a token need the padding of base64 (=)',
    schema: choice('optional', 'required'),
  }),
  duplicateNames: spec({
    default: 'refuse',
    placeholder: '<refuse|allow>',
    description: 'whether two audiences of an ad account may have one name',
    schema: choice('refuse', 'allow'),
  }),
  formatErrors: spec({
    default: 'request',
    placeholder: '<request|job>',
    description: 'where a bad line shows: the upload is answered 400, or it is accepted and its job fails',
    schema: choice('request', 'job'),
  }),
  hashedIfa: spec({
    default: 'accept',
    placeholder: '<accept|refuse|no-match>',
    description: 'what happens to hashed advertising ids in an IFA upload',
    schema: choice('accept', 'refuse', 'no-match'),
  }),
  overlappingUploads: spec({
    default: 'flag',
    placeholder: '<flag|refuse>',
    description:
      'an upload to an audience that is being processed: only a violation, or also 400 LOCK_DEFAULT',
    schema: choice('flag', 'refuse'),
  }),
  keepFiles: spec({
    default: false,
    placeholder: '<true|false>',
    description: 'keep the bytes of every accepted file, to look at',
    schema: toggle,
  }),
};

export type Settings = SettingsOf<typeof settingSpecs>;

/** `readSettings` reads some from JSON, `settingsOf` gives all, the given ones over the defaults. */
export const { names: settingNames, some: readSettings, all: settingsOf } = settingsReader(settingSpecs);
