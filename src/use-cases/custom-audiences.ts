/** Use cases of LINE's custom audiences. Lineup never sends an unknown id to LINE, because LINE's rules forbid it. */
import { type AdAccountRef, type CustomAudience, MAX_SHARED } from '../contracts/custom-audiences.ts';
import type { CustomAudiences } from '../contracts/use-cases.ts';
import { findAudience, renameTo } from '../destinations/audience.ts';
import type { Audience, Destination, SharedAudience, Written } from '../destinations/destination.ts';
import { destinationOf, isDestination, takesType } from '../domain/destinations/index.ts';
import { lineAdsTraits } from '../domain/destinations/line-ads.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { Actor } from '../domain/people/people.ts';
import { wrongValue } from '../domain/text/localized.ts';
import { localized, sentence, sentenceOf } from '../domain/text/sentence.ts';
import { lookUpSize } from '../export/audience-size.ts';
import { transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { getAuthorization, jobsUsing } from '../store/repositories/authorizations.ts';
import { jobsOfAudiences } from '../store/repositories/jobs.ts';
import { runHistory } from '../store/repositories/run-history.ts';
import { recentSizesOf } from '../store/repositories/run-list.ts';
import { auditEntries } from './audit-log.ts';
import { pageNumber } from './cursors.ts';
import type { UseCaseDeps } from './deps.ts';
import { connectionOf, destinationWith, interactive } from './destinations.ts';
import { twinsUseCase } from './twins.ts';

const audit = auditEntries('custom_audience');

const LINES_LARGEST_PAGE = 100;
/** More ad accounts would be of no use in a list. */
const MAX_ACCOUNTS = 1_000;
/** How many sizes a line shows. */
const RECENT = 8;

export function customAudienceUseCases(deps: UseCaseDeps): CustomAudiences {
  const { db, destinations, now } = deps;
  const connect = (authorizationId: string) => destinationWith(destinations, authorizationId, interactive);
  /** @throws {LineupError} where the destination of the authorization cannot do it */
  const extrasOf = async (authorizationId: string, wanted: 'lookalike' | 'overlap') => {
    const { kind, connecting } = await connectionOf(destinations, authorizationId, interactive);
    const { extras = [] } = destinationOf(kind.id);
    if (!extras.includes(wanted)) {
      throw wrongValue('authorization_id', sentence`Only LINE Ads can do this. Choose an authorization of LINE Ads.`);
    }
    const { lineAdsExtras } = await import('../destinations/line-ads/extras.ts');
    return lineAdsExtras(connecting);
  };

  /** @param hasSizes with the sizes that the audiences had after the runs of their jobs */
  const show = async (audiences: readonly Audience[], hasSizes = false): Promise<CustomAudience[]> => {
    const jobs = await jobsOfAudiences(
      db,
      audiences.map((audience) => audience.id),
    );
    // The sizes of a job are those of its first audience.
    const fillers = hasSizes ? jobs.filter(({ isFirst }) => isFirst) : [];
    const sizes = await recentSizesOf(
      db,
      fillers.map(({ id }) => id),
      RECENT,
    );
    return audiences.map((audience) => {
      const fills = ({ audienceId }: { audienceId: string }) => audienceId === audience.id;
      const [filler, another] = fillers.filter(fills);
      const recent_sizes = filler && !another && sizes.get(filler.id);
      return {
        ...describe(audience),
        used_by: jobs.filter(fills).map(({ id, name }) => ({ id, name })),
        ...(recent_sizes && { recent_sizes }),
      };
    });
  };
  const presentOf = async (line: Destination, { adaccount_id }: AdAccountRef, id: string, signal?: AbortSignal) => {
    const found = await findAudience(line, adaccount_id, id, signal);
    if (!found) throw new LineupError('not_found', sentence`There is no audience "${id}".`);
    return found;
  };
  const find = async (account: AdAccountRef, id: string, signal?: AbortSignal): Promise<CustomAudience> =>
    (await show([await presentOf(await connect(account.authorization_id), account, id, signal)]))[0]!;
  /** @throws {LineupError} for one that only others may change */
  const changeable = async (account: AdAccountRef, id: string): Promise<CustomAudience> => {
    const line = await connect(account.authorization_id);
    const audience = await presentOf(line, account, id);
    if (audience.isReadOnly)
      throw new LineupError(
        'action_not_allowed',
        sentence`The audience "${audience.name}" belongs to others, who alone may change or delete it.`,
      );
    return (await show([audience]))[0]!;
  };
  const record = (actor: Actor, verb: string, account: AdAccountRef, id: string, detail: object) =>
    transaction(db, (tx) =>
      recordAudit(tx, actor, audit(verb, id, { adaccount_id: account.adaccount_id, ...detail }), now()),
    );

  return {
    accounts: async (authorizationId, signal) => {
      const { provider, adaccount_id } = await getAuthorization(db, authorizationId);
      if (!isDestination(provider)) {
        throw wrongValue('authorization_id', sentence`Choose an authorization of a destination.`);
      }
      const used = (await jobsUsing(db, authorizationId)).map(({ adAccountId }) => adAccountId);
      // A person may have given one to verify the keys with.
      const known = new Set(adaccount_id === null ? used : [...used, adaccount_id]);
      const { items, problem } = await connect(authorizationId)
        .then((line) => line.accounts(MAX_ACCOUNTS, signal))
        .then(
          (items) => ({ items: [...items], problem: null }),
          (error: unknown) => {
            if (!(error instanceof LineupError) || signal.aborted) throw error;
            return { items: [], problem: localized(sentenceOf(error)) };
          },
        );
      const jobs = Map.groupBy(used, (id) => id);
      const unlisted = [...known].filter((id) => !items.some((item) => item.id === id)).sort();
      const all = [...items, ...unlisted.map((id) => ({ id, name: null }))];
      return { items: all.map((item) => ({ ...item, jobs: jobs.get(item.id)?.length ?? 0 })), problem };
    },
    list: async ({ limit, cursor, search, identifier_type, ...account }, signal) => {
      const page = pageNumber(cursor);
      const size = Math.min(limit, LINES_LARGEST_PAGE);
      const line = await connect(account.authorization_id);
      const { items, hasNext } = await line.page(account.adaccount_id, { page, size, search }, signal);
      const wanted = items.filter((audience) => !identifier_type || takesType(line.traits, audience, identifier_type));
      return { items: await show(wanted, true), next: hasNext ? String(page + 1) : null };
    },
    get: find,
    shared: async ({ authorization_id, limit, cursor, search }, signal) => {
      const page = pageNumber(cursor);
      const line = await connect(authorization_id);
      if (!line.shared) throw wrongValue('authorization_id', sentence`Nobody shares audiences at this destination.`);
      const asked = { page, size: Math.min(limit, MAX_SHARED), search };
      const { items, hasNext } = await line.shared(asked, signal);
      const shown = items.map(({ owner, ...audience }) => ({ ...describeShared(audience), owner }));
      return { items: shown, next: hasNext ? String(page + 1) : null };
    },
    size: async (account, id, signal) => {
      const line = await connect(account.authorization_id);
      const audience = await presentOf(line, account, id, signal);
      const uploads = await line.uploads(account.adaccount_id, id, { signal });
      const before = await lookUpSize(runHistory(db), account.adaccount_id, id, { audience, uploads });
      return { size: before.size, basis: before.basis, run_id: before.runId, at: before.at };
    },
    rename: async (account, id, name, actor) => {
      const before = await changeable(account, id);
      const line = await connect(account.authorization_id);
      assertName(line, name);
      const renamed = taken(await renameTo(line, account.adaccount_id, id, name));
      await record(actor, 'rename', account, id, { from: before.name, to: name });
      return (await show([renamed]))[0]!;
    },
    delete: async (account, id, actor) => {
      const audience = await changeable(account, id);
      const [job] = audience.used_by;
      if (job) {
        throw new LineupError(
          'action_not_allowed',
          sentence`The job "${job.name}" updates this audience. First delete that job, or give it another audience.`,
        );
      }
      const line = await connect(account.authorization_id);
      taken(await line.remove(account.adaccount_id, id));
      await record(actor, 'delete', account, id, { name: audience.name });
    },
    overlap: async ({ base_id, compared_ids, ...account }, signal) => {
      const line = await extrasOf(account.authorization_id, 'overlap');
      const pair = { baseId: base_id, comparedIds: compared_ids };
      const rates = await line.overlap(account.adaccount_id, pair, signal);
      return { base_id, overlaps: compared_ids.map((id) => ({ id, rate: rates[id]?.rate ?? null })) };
    },
    twins: twinsUseCase(deps),
    lookalike: async ({ source_id, name, rate, ...account }, actor) => {
      const line = await extrasOf(account.authorization_id, 'lookalike');
      await find(account, source_id);
      assertName({ traits: lineAdsTraits }, name);
      const wanted = { name, sourceAudienceId: source_id, rate: rate ?? undefined };
      const { audience: made } = await line.lookalike(account.adaccount_id, wanted);
      await record(actor, 'lookalike', account, made.id, { name, source_id });
      return (await show([made]))[0]!;
    },
  };
}

/** @throws {LineupError} `invalid_argument` */
function assertName({ traits: { name } }: Pick<Destination, 'traits'>, given: string): void {
  if ([...given].length > name.maxLength) throw wrongValue('name', sentence`Use at most ${name.maxLength} characters.`);
}

/** @throws {LineupError} when the destination did not take it, or when nobody knows */
function taken<T>(written: Written<T>): T {
  if (written.outcome === 'taken') return written.value;
  throw written.why;
}

const describeShared = (audience: Omit<SharedAudience, 'owner'>) => ({
  id: audience.id,
  name: audience.name,
  type: audience.type,
  status: audience.status,
  failed_type: audience.failedType,
  estimated_size: audience.size,
  created: audience.created,
  ...(audience.endsAt !== undefined && { ends_at: audience.endsAt }),
});

const describe = (audience: Audience): Omit<CustomAudience, 'used_by'> => ({
  ...describeShared(audience),
  identifier_type: audience.identifierType,
  unusable: audience.unusable && localized(audience.unusable),
  ...(audience.isReadOnly && { read_only: true }),
});
