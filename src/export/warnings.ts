/** The warnings of a run: pure functions over its counts and LINE's answers. */

import { endedWithNobody } from '../domain/audiences/size.ts';
import { destinationOf, ownerOf } from '../domain/destinations/index.ts';
import type { RunRequest, RunWarning } from '../domain/runs/run.ts';
import type { ChunkState, RunState } from '../domain/runs/run-state.ts';
import { joinSentences, localized, type Sentence, sentence } from '../domain/text/sentence.ts';
import { callingCodeOf } from '../domain/values/regions.ts';
import { NOT_HASHED } from '../sources/source.ts';
import type { Staged } from './stage/types.ts';

/** Fewer numbers of the presumed country may be there by chance: numbers of other countries that look alike. */
const LEAST_NATIONAL = 20;
/** Of the valid values. */
const LEAST_NATIONAL_SHARE = 0.01;

/** Warnings about the staged values. */
export function stagingWarnings(
  { counts, findings }: Pick<Staged, 'counts' | 'findings'>,
  request: Pick<RunRequest, 'identifierType' | 'presumedCountry' | 'destination'>,
): RunWarning[] {
  const owner = ownerIn(request);
  const found: RunWarning[] = [];
  const add = (code: RunWarning['code'], count: number, text: Sentence) => {
    if (count > 0) found.push({ code, count, ...localized(text) });
  };
  add(
    'phone_without_country',
    findings.phonesWithoutCountry,
    sentence`${findings.phonesWithoutCountry} phone numbers begin with 0. They have no country code, so ${owner} probably cannot match them.`,
  );
  const national = findings.phonesLookingNational;
  const isMuch = national >= LEAST_NATIONAL && national >= (counts.hashed + counts.prehashed) * LEAST_NATIONAL_SHARE;
  const code = `+${callingCodeOf(request.presumedCountry ?? '') ?? ''}`;
  add(
    'phone_looks_national',
    isMuch ? national : 0,
    sentence`${national} phone numbers look like numbers of the country code ${code}, but do not have it. A spreadsheet may have removed their first 0. ${owner} probably cannot match them.`,
  );
  const damaged = findings.phonesRepaired + findings.phonesWithLostDigits;
  add(
    'spreadsheet_damaged',
    damaged,
    sentence`A spreadsheet probably damaged ${damaged} values. ${findings.phonesRepaired} ended in .0 and were repaired. ${findings.phonesWithLostDigits} have an exponent such as E+11 and were skipped, because their last digits are lost.`,
  );
  add(
    'mixed_hashed_and_plain',
    counts.hashed + counts.raw > 0 ? counts.prehashed : 0,
    sentence`The field has ${counts.prehashed} values that were already hashed and ${counts.hashed + counts.raw} plain ones. Hashed values are sent unchanged. Make sure that they were normalised before hashing.`,
  );
  add(
    'uppercase_hashes',
    findings.uppercaseHashes,
    sentence`${findings.uppercaseHashes} hashes are in upper case and are sent unchanged. ${owner}’s examples are in lower case. If nobody matches, write them in lower case.`,
  );
  add(
    'hashed_ifa',
    hashedIfas(request, counts),
    sentence`${hashedIfas(request, counts)} mobile advertising IDs are sent hashed. LINE’s reference describes raw ones.`,
  );
  const notUserIds = counts.invalid.not_a_line_user_id ?? 0;
  add(
    'line_user_id_malformed',
    notUserIds,
    sentence`${notUserIds} values are not LINE user IDs and were skipped. A LINE user ID is U and 32 digits and letters from a to f, in lower case. IDs of groups (C…) and rooms (R…), LINE IDs such as @name, and hashes cannot be sent.`,
  );
  const notHashed = counts.invalid[NOT_HASHED] ?? 0;
  add(
    NOT_HASHED,
    notHashed,
    sentence`${notHashed} values were skipped, because the database cannot bring them into the form that ${owner} expects. To send them, correct them in the database, or turn off hashing in the database.`,
  );
  return found;
}

function hashedIfas(
  request: Pick<RunRequest, 'identifierType'>,
  counts: { hashed: number; prehashed: number },
): number {
  return request.identifierType === 'ifa' ? counts.hashed + counts.prehashed : 0;
}

/** Warnings about LINE's finished jobs. */
export function jobWarnings(state: RunState): RunWarning[] {
  const owner = ownerIn(state.request);
  const found: RunWarning[] = [];
  const finished = (state.staged?.chunks ?? []).flatMap((staged) => {
    const chunk = state.chunks.get(staged.index);
    return chunk?.phase === 'finished' ? [{ chunk, records: staged.records }] : [];
  });
  const withType = finished.filter(({ chunk }) => chunk.failedType);
  if (withType.length > 0) {
    found.push({
      code: 'job_failed_type',
      count: withType.length,
      ...localized(
        sentence`${owner} finished with the remark ${[...new Set(withType.map(({ chunk }) => chunk.failedType))].join(', ')} (chunks: ${chunkList(withType.map(({ chunk }) => chunk))}).`,
      ),
    });
  }
  const differing = finished.filter(
    ({ chunk, records }) => chunk.audienceCount !== null && chunk.audienceCount !== records,
  );
  if (differing.length > 0) {
    const sent = differing.reduce((sum, { records }) => sum + records, 0);
    const taken = differing.reduce((sum, { chunk }) => sum + (chunk.audienceCount ?? 0), 0);
    found.push({
      code: 'count_differs',
      count: Math.abs(sent - taken),
      ...localized(
        sentence`${owner} processed ${taken} of the ${sent} records (chunks: ${chunkList(differing.map(({ chunk }) => chunk))}).`,
      ),
    });
  }
  return found;
}

/** A warning when LINE's matching has found nobody. */
export function matchWarning(
  state: RunState,
  audience: { readonly status: string; readonly size: string },
): RunWarning[] {
  if (!endedWithNobody(audience.status, audience.size)) return [];
  const owner = ownerIn(state.request);
  return [
    {
      code: 'no_match',
      count: state.staged?.counts.unique ?? 0,
      ...localized(
        joinSentences(
          sentence`${owner} has matched nobody so far. It shows the audience as ${audience.status} with an estimated size of ${audience.size}.`,
          state.request.identifierType === 'ifa' && state.request.ifaFormat === 'sha256'
            ? sentence`Hashed advertising IDs may be the cause. Try raw ones.`
            : sentence`Check that the field matches the identifier type.`,
        ),
      ),
    },
  ];
}

const ownerIn = ({ destination }: Pick<RunRequest, 'destination'>): Sentence => ownerOf(destinationOf(destination));

const chunkList = (chunks: readonly ChunkState[]): string => chunks.map((chunk) => chunk.index).join(', ');
