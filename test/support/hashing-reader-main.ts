/**
 * A reader of invented members (hashing-source.ts), whatever it is asked for. The name of the audience says what its
 * source can do: `members` hashes all values, `beyond` not those with a full-width letter, `list` has two of the
 * members, `wrong` gives counts that are none, and `plain` cannot hash.
 */
import { serveReader } from '../../src/readers/process/serve.ts';
import type { Source, SourceProvider } from '../../src/sources/source.ts';
import { hashingSource, someMembers } from './hashing-source.ts';

const sources: Readonly<Record<string, () => Source>> = {
  members: () => hashingSource(someMembers),
  beyond: () => hashingSource(someMembers, { beyond: 'Ｈ' }),
  list: () => hashingSource([{ email: ['TARO@example.com'] }, { email: ['saburo@example.com'] }]),
  wrong: () => hashingSource(someMembers, { counted: (judged) => ({ ...judged, missing: -1 }) }),
  plain: () => {
    const { scanHashes: _, ...source } = hashingSource(someMembers);
    return source;
  },
};

const provider: SourceProvider = {
  open: async (_, audienceId) => sources[audienceId]!(),
  audiences: async () => ({ items: [], next: null }),
  lists: async () => true,
  verify: async () => ({ works: { template: 'It works.', values: [] } }),
};

serveReader({
  providerOf: async () => ({ provider, credentials: null }),
  examine: async () => 'csv',
});
