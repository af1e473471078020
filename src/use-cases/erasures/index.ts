/**
 * People who ask to be forgotten. Lineup has no copy of its members, and LINE can neither be searched nor remove one
 * person. So a person goes on the erasure list, whatever may hold the person is made unreadable or named, and the
 * audiences are replaced.
 */
import { createHmac } from 'node:crypto';
import { MAX_ERASED } from '../../../packages/identifiers/src/kernel/instance.ts';
import type { Erasure, People } from '../../contracts/erasures.ts';
import type { Erasures } from '../../contracts/use-cases.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { Actor } from '../../domain/people/people.ts';
import { fieldError, wrongValues } from '../../domain/text/localized.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { countryOfInstallation } from '../../domain/values/installation-country.ts';
import { type Db, transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import {
  addErasure,
  countErasures,
  erasureKey,
  keyedHashes,
  lockErasures,
  makeErasureKey,
  removeErasure,
} from '../../store/repositories/erasures.ts';
import { dropFingerprints } from '../../store/repositories/fingerprints.ts';
import {
  dropStagedOf,
  jobsWithIdentifier,
  phoneCountriesOfJobs,
  runAgainAfterPresent,
  writtenAudiences,
} from '../../store/repositories/traces-of-people.ts';
import { auditEntries } from '../audit-log.ts';
import type { UseCaseDeps } from '../deps.ts';
import { actOnOne } from '../jobs/index.ts';
import { readSettings } from '../settings.ts';
import { type PhoneCountries, type Spellings, spellingsOf } from './spellings.ts';
import { uploadsWith } from './uploads.ts';

export function erasureUseCases(deps: UseCaseDeps): Erasures {
  const { db, box, now } = deps;
  return {
    list: async () =>
      (await countErasures(db)).map(({ identifierType, people, firstAt, lastAt }) => ({
        identifier_type: identifierType,
        people,
        first_at: firstAt.toISOString(),
        last_at: lastAt.toISOString(),
      })),
    forget: async (people, actor, signal) => {
      const type = people.identifier_type;
      const hashes = await hashesOf(deps, people);
      const key = await makeErasureKey(db, box, now());
      const keyed = hashes.map(([first, ...others]): Spellings => {
        const keyedOf = (hash: string) => keyedHash(key.reveal(), type, hash);
        return [keyedOf(first), ...others.map(keyedOf)];
      });
      const done = await transaction(db, async (tx) => {
        await lockErasures(tx);
        const listed = (await keyedHashes(tx, [type])).map((entry) => entry.keyedHash);
        if (new Set([...listed, ...keyed.flat()]).size > MAX_ERASED) throw full();
        let added = 0;
        for (const spellings of keyed) if (await addErasure(tx, type, spellings, now())) added += 1;
        const staged = await dropStagedOf(tx, type);
        await dropFingerprints(tx, type);
        await runAgainAfterPresent(tx, type);
        const detail = { people: keyed.length, added, staged_runs: staged.length };
        await recordAudit(tx, actor, audit('add', type, detail), now());
        return { added, already_listed: keyed.length - added, staged };
      });
      const wanted = { key: key.reveal(), hashes: Buffer.from(keyed.flat().join(''), 'hex') };
      const replaced = await replaceAudiences(deps, type, actor);
      return { ...done, ...replaced, uploads: await uploadsWith(deps, type, wanted, signal) };
    },
    undo: async (people, actor) => {
      const type = people.identifier_type;
      const hashes = await hashesOf(deps, people);
      const key = await erasureKey(db, box);
      if (!key) return { removed: 0, not_listed: hashes.length };
      return transaction(db, async (tx) => {
        await lockErasures(tx);
        let removed = 0;
        for (const [first] of hashes) {
          if (await removeErasure(tx, type, keyedHash(key.reveal(), type, first))) removed += 1;
        }
        await recordAudit(tx, actor, audit('remove', type, { people: removed }), now());
        return { removed, not_listed: hashes.length - removed };
      });
    },
  };
}

const audit = auditEntries('erasure');

/** As the kernel computes it: packages/identifiers/src/kernel/erased.as.ts. */
const keyedHash = (key: Uint8Array, type: IdentifierType, hash: string): string =>
  createHmac('sha256', key).update(`${type}:`).update(Buffer.from(hash, 'hex')).digest('hex');

/**
 * For each person, the SHA-256 of each spelling.
 * @throws {LineupError} `invalid_argument`, with the places of the values that are no identifiers, and never with a
 * value
 */
async function hashesOf(
  { db }: Pick<UseCaseDeps, 'db'>,
  { identifier_type: type, values, default_country: country }: People,
): Promise<Spellings[]> {
  const spell = await spellingsOf(type, await phoneCountries(db, country));
  const all = values.map(spell);
  const wrong = all.flatMap((spellings, n) => (spellings ? [] : [fieldError(`values.${n}`, invalid(type, n + 1))]));
  if (wrong.length > 0) throw wrongValues(wrong);
  return all.flatMap((spellings) => (spellings ? [spellings] : []));
}

/** @param given null: all numbers are complete */
async function phoneCountries(db: Db, given: string | null | undefined): Promise<PhoneCountries> {
  if (given === null) return { own: undefined, ofJobs: [] };
  const own = given ?? countryOfInstallation((await readSettings(db)).appearance);
  return { own, ofJobs: await phoneCountriesOfJobs(db) };
}

const invalid = (type: IdentifierType, n: number): Sentence =>
  type === 'phone'
    ? sentence`Value ${n} is no valid phone number, or its country is not known. Write it with + and the country code, or give its country with --default-country.`
    : sentence`Value ${n} is no valid identifier of the type ${type}.`;

const full = (): LineupError =>
  new LineupError('action_not_allowed', sentence`The erasure list is full, so nothing was changed.`);

/** Names what may hold the people, and replaces what a job fills. */
async function replaceAudiences(
  deps: UseCaseDeps,
  type: IdentifierType,
  actor: Actor,
): Promise<Pick<Erasure, 'audiences' | 'jobs'>> {
  const jobs = await jobsWithIdentifier(deps.db, type, deps.now());
  const written = await writtenAudiences(deps.db, type);
  // The runs of a job may be gone, and its audience is still there.
  const filled = jobs.flatMap(({ adAccountId, audienceIds }) =>
    audienceIds
      .filter(
        (id) => !written.some((audience) => audience.audience_id === id && audience.ad_account_id === adAccountId),
      )
      .map((id) => ({
        ad_account_id: adAccountId,
        audience_id: id,
        audience_name: null,
        last_write_at: null,
        days: null,
      })),
  );
  const audiences = [...written, ...filled].map(({ days, ...audience }) => {
    const job = jobs.find(
      ({ adAccountId, audienceIds }) =>
        adAccountId === audience.ad_account_id && audienceIds.includes(audience.audience_id),
    );
    return { ...audience, job_id: job?.id ?? null, member_days: job ? job.memberDays : days };
  });
  const concerned = jobs.filter(({ audienceIds }) => audienceIds.length > 0);
  const outcomes: Erasure['jobs'][number][] = [];
  for (const { id, name, isRunning } of concerned) {
    if (isRunning) outcomes.push({ id, name, outcome: 'running', error: null });
    else outcomes.push({ id, name, ...(await replace(deps, id, actor)) });
  }
  return { audiences, jobs: outcomes };
}

async function replace(
  deps: UseCaseDeps,
  id: string,
  actor: Actor,
): Promise<Pick<Erasure['jobs'][number], 'outcome' | 'error'>> {
  const { done, error } = await actOnOne(deps, id, 'run_now', actor);
  return { outcome: done ? 'started' : 'refused', error };
}
