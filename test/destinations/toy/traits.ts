/** An invented destination that differs from LINE Ads in all that the traits can say. */
import type { DestinationTraits } from '../../../src/domain/destinations/traits.ts';

export const toyTraits = {
  id: 'toy',
  jobType: 'toy_audience_export',
  label: 'Toy Audiences',
  owner: 'the toy',
  modes: ['append'],
  leaving: { by: 'age', days: [1, 30], isChangeable: true },
  lifeDays: 90,
  creates: 'first',
  account: 'channel',
  rules: { version: 1, hashesInRawColumn: false },
  identifiers: {
    email: { audienceType: 'LIST', sent: ['hashed'], heading: 'sha256_email' },
    phone: { audienceType: 'LIST', sent: ['hashed'], heading: 'sha256_phone' },
  },
  sharing: ['email', 'phone'],
  file: { maxRecords: null, maxBytes: 1_000_000, defaultBytes: 1_000_000, minRecords: 3, files: 'one' },
  turn: 'until_answered',
  job: { counts: false, isNamed: false, timeoutMs: 3_600_000 },
  name: { maxLength: 40 },
  limits: {
    requests: { places: 4, windowMs: 1_010, lanes: { usual: [0, 4], upload: [1, 3], background: [0, 2] } },
    pauseMs: 5_000,
  },
  watch: { forMs: 3_600_000, smallest: null },
  reasons: { nameTaken: 'name_exists', ofRequest: ['no_such_list', 'name_exists'] },
  clock: null,
} as const satisfies DestinationTraits;
