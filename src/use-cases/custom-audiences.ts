/** Use cases of LINE's custom audiences. Lineup never sends an unknown id to LINE, because LINE's rules forbid it. */
import type { LineAdsClient, CustomAudience as LineAudience } from '../../packages/line-ads/src/index.ts';
import type { AdAccountRef, AdAccounts, CustomAudience } from '../contracts/custom-audiences.ts';
import type { CustomAudiences } from '../contracts/use-cases.ts';
import type { IdentifierType } from '../domain/audiences/requests.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { Actor } from '../domain/people/people.ts';
import { wrongValue } from '../domain/text/localized.ts';
import { localized, sentence, sentenceOf } from '../domain/text/sentence.ts';
import { findAudience, lineTypes } from '../export/audience.ts';
import { lookUpSize } from '../export/audience-size.ts';
import { transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { getAuthorization, jobsUsing, revealConfiguration } from '../store/repositories/authorizations.ts';
import { jobsOfAudiences } from '../store/repositories/jobs.ts';
import { runHistory } from '../store/repositories/run-history.ts';
import { auditEntries } from './audit-log.ts';
import { pageNumber } from './cursors.ts';
import type { UseCaseDeps } from './deps.ts';
import { interactive, lineAdsWith, lineCall } from './line-ads.ts';

const audit = auditEntries('custom_audience');

const LINES_LARGEST_PAGE = 100;
/** More ad accounts would be of no use in a list. */
const MAX_ACCOUNTS = 1_000;

export function customAudienceUseCases(deps: UseCaseDeps): CustomAudiences {
  const { db, lineAds, now } = deps;
  const client = (account: AdAccountRef) => lineAdsWith(lineAds, account.authorization_id, interactive);

  const show = async (audiences: readonly LineAudience[]): Promise<CustomAudience[]> => {
    const jobs = await jobsOfAudiences(
      db,
      audiences.map((audience) => audience.id),
    );
    return audiences.map((audience) => ({
      ...describe(audience),
      used_by: jobs.filter((job) => job.audienceId === audience.id).map(({ id, name }) => ({ id, name })),
    }));
  };
  const atLine = async (line: LineAdsClient, { adaccount_id }: AdAccountRef, id: string, signal?: AbortSignal) => {
    const found = await lineCall(() => findAudience(line, adaccount_id, id, signal));
    if (!found) throw new LineupError('not_found', sentence`There is no custom audience "${id}".`);
    return found;
  };
  const find = async (account: AdAccountRef, id: string, signal?: AbortSignal): Promise<CustomAudience> =>
    (await show([await atLine(await client(account), account, id, signal)]))[0]!;
  const record = (actor: Actor, verb: string, account: AdAccountRef, id: string, detail: object) =>
    transaction(db, (tx) =>
      recordAudit(tx, actor, audit(verb, id, { adaccount_id: account.adaccount_id, ...detail }), now()),
    );

  const listedByLine = async (authorizationId: string, signal: AbortSignal): Promise<AdAccounts['items']> => {
    const { group_id } = (await revealConfiguration(db, deps.box, authorizationId)).reveal();
    if (!group_id) return [];
    const line = await lineAdsWith(lineAds, authorizationId, interactive);
    const found: AdAccounts['items'] = [];
    for await (const { id, name } of line.adAccounts.list(group_id, { includeLinked: true, signal })) {
      found.push({ id, name: name ?? null });
      if (found.length === MAX_ACCOUNTS) break;
    }
    return found;
  };

  return {
    accounts: async (authorizationId, signal) => {
      const { provider } = await getAuthorization(db, authorizationId);
      if (provider !== 'line_ads') {
        throw wrongValue('authorization_id', sentence`Choose an authorization of LINE Ads.`);
      }
      const used = (await jobsUsing(db, authorizationId)).map(({ adAccountId }) => adAccountId);
      const { items, problem } = await lineCall(() => listedByLine(authorizationId, signal)).then(
        (items) => ({ items, problem: null }),
        (error: unknown) => {
          if (!(error instanceof LineupError) || signal.aborted) throw error;
          return { items: [], problem: localized(sentenceOf(error)) };
        },
      );
      const unlisted = [...new Set(used)].filter((id) => !items.some((item) => item.id === id)).sort();
      return { items: [...items, ...unlisted.map((id) => ({ id, name: null }))], problem };
    },
    list: async ({ limit, cursor, search, identifier_type, ...account }, signal) => {
      const page = pageNumber(cursor);
      const size = Math.min(limit, LINES_LARGEST_PAGE);
      const line = await client(account);
      const options = { page, size, name: search || undefined, signal };
      const answer = await lineCall(() => line.customAudiences.page(account.adaccount_id, options));
      const wanted = answer.audienceGroups.filter(
        (audience) => !identifier_type || typeOf(audience) === identifier_type,
      );
      return { items: await show(wanted), next: answer.hasNextPage ? String(page + 1) : null };
    },
    get: find,
    size: async (account, id, signal) => {
      const line = await client(account);
      const audience = await atLine(line, account, id, signal);
      const jobs = await lineCall(() => line.customAudiences.uploadJobs(account.adaccount_id, id, { signal }));
      const before = await lookUpSize(runHistory(db), account.adaccount_id, id, { audience, jobs });
      return { size: before.size, basis: before.basis, run_id: before.runId, at: before.at };
    },
    rename: async (account, id, name, actor) => {
      const before = await find(account, id);
      const line = await client(account);
      const renamed = await lineCall(() => line.customAudiences.rename(account.adaccount_id, id, name));
      await record(actor, 'rename', account, id, { from: before.name, to: name });
      return (await show([renamed]))[0]!;
    },
    delete: async (account, id, actor) => {
      const audience = await find(account, id);
      const [job] = audience.used_by;
      if (job) {
        throw new LineupError(
          'action_not_allowed',
          sentence`The job "${job.name}" updates this audience. First delete that job, or give it another audience.`,
        );
      }
      const line = await client(account);
      await lineCall(() => line.customAudiences.delete(account.adaccount_id, id));
      await record(actor, 'delete', account, id, { name: audience.name });
    },
    overlap: async ({ base_id, compared_ids, ...account }, signal) => {
      const line = await client(account);
      const pair = { baseId: base_id, comparedIds: compared_ids };
      const rates = await lineCall(() => line.customAudiences.overlap(account.adaccount_id, pair, { signal }));
      return { base_id, overlaps: compared_ids.map((id) => ({ id, rate: rates[id]?.rate ?? null })) };
    },
    lookalike: async ({ source_id, name, rate, ...account }, actor) => {
      await find(account, source_id);
      const line = await client(account);
      const wanted = { name, sourceAudienceId: source_id, rate: rate ?? undefined };
      const made = await lineCall(() => line.customAudiences.createLookalike(account.adaccount_id, wanted));
      await record(actor, 'lookalike', account, made.id, { name, source_id });
      return (await show([made]))[0]!;
    },
  };
}

const describe = (audience: LineAudience): Omit<CustomAudience, 'used_by'> => ({
  id: audience.id,
  name: audience.name,
  type: audience.functionType,
  identifier_type: typeOf(audience),
  status: audience.status,
  failed_type: audience.failedType ?? null,
  estimated_size: audience.estimatedAudienceSize,
  created: audience.created,
});

function typeOf({ functionType }: LineAudience): IdentifierType | null {
  const types = Object.entries(lineTypes) as [IdentifierType, { functionType: string }][];
  return types.find(([, line]) => line.functionType === functionType)?.[0] ?? null;
}
