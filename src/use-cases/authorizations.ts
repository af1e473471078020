/** Use cases of authorizations: stored credentials, verified regularly and never shown. */
import { ZodError } from 'zod';
import type { Authorization, AuthorizationChange } from '../contracts/authorizations.ts';
import { checkConfiguration, configurationOf, findMethod } from '../contracts/providers/index.ts';
import type { Authorizations } from '../contracts/use-cases.ts';
import { destinations } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { mayDo, type Role } from '../domain/people/people.ts';
import { fieldErrorsOf, wrongValues } from '../domain/text/localized.ts';
import { listed, quoted, sentence } from '../domain/text/sentence.ts';
import { type Db, transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import {
  changeAuthorization,
  createAuthorization,
  deleteAuthorization,
  getAuthorization,
  jobsUsing,
  listAuthorizations,
  providersInUse,
  revealConfiguration,
} from '../store/repositories/authorizations.ts';
import { wakeWaitingJobs } from '../store/repositories/jobs.ts';
import { liftQuarantinesOf } from '../store/repositories/quarantine.ts';
import { listsUsing, lockLists, sourceChanged } from '../store/repositories/suppression-lists.ts';
import { auditEntries, changesBetween } from './audit-log.ts';
import { keepHealth } from './authorization-health.ts';
import { connectionIn, withChosenAccount } from './consents/connection.ts';
import { createOnce } from './create-once.ts';
import { assertCredentials } from './credentials.ts';
import type { UseCaseDeps } from './deps.ts';
import { assertMayRefer, withReferences } from './secrets-outside.ts';
import { timeLimit } from './time-limit.ts';
import {
  assertVerified,
  knownAdAccount,
  type ProviderMethod,
  type VerificationResult,
  verifyAuthorization,
  verifyUnsaved,
} from './verification.ts';

/** How long verification may take while a person waits for saving. */
const VERIFY_TIMEOUT_MS = 40_000;

export function authorizationUseCases(deps: UseCaseDeps): Authorizations {
  const { db, box, now } = deps;
  return {
    list: async () => {
      const all = await listAuthorizations(db);
      return Promise.all(
        all.map(async (authorization) => {
          const configuration = await configurationIn(deps, authorization.id);
          return shownWith(
            deps,
            { ...authorization, configured: configuredKeys(authorization, configuration) },
            configuration,
          );
        }),
      );
    },
    destinations: async () => {
      const used = await providersInUse(db);
      return destinations.filter(({ id }) => used.includes(id));
    },
    get: async (id) => shownWith(deps, await getAuthorization(db, id), await configurationIn(deps, id)),
    create: async (input, actor, options = {}, role) => {
      assertMayRefer(input.configuration, role);
      return createOnce(deps, {
        actor,
        options,
        request: { authorization: input },
        check: async () => verifyFirst(deps, input, configurationFor(input, input.configuration), input),
        make: async (tx, verified) => {
          const made = await createAuthorization(tx, box, input, actor, now());
          if (verified) await keepHealth(deps, tx, made, verified.kept);
          await recordAudit(tx, actor, audit('create', made.id, { label: input.label }), now());
          return made.id;
        },
        load: async (id) => shownWith(deps, await getAuthorization(db, id), input.configuration),
      });
    },
    change: async (id, revision, { verify, adaccount_id, configuration: given, ...plain }, actor, role) => {
      const before = await getAuthorization(db, id);
      if (given) assertMayRefer(given, role);
      if (given) await listsReadingWith(db, id, role);
      const stored = await configurationIn(deps, id);
      const configuration = given && (await withChosenAccount(before, configurationFor(before, given), stored));
      const adAccountId = adaccount_id ?? (await knownAdAccount(deps, id));
      const verified =
        configuration && (await verifyFirst(deps, before, configuration, { verify, adaccount_id: adAccountId }));
      return transaction(db, async (tx) => {
        if (configuration) await lockLists(tx, 'change what lists read');
        const lists = configuration ? await listsReadingWith(tx, id, role) : [];
        await sourceChanged(
          tx,
          lists.map((list) => list.id),
        );
        const change = { ...plain, ...(configuration && { configuration }) };
        const saved = await changeAuthorization(tx, box, { id, revision, change, actor, now: now() });
        if (configuration) {
          // It may lead to another system now.
          await liftQuarantinesOf(tx, id);
          await wakeWaitingJobs(tx, id, now());
        }
        if (verified) await keepHealth(deps, tx, saved, verified.kept);
        const detail = {
          label: saved.label,
          changes: changesBetween(before, plain),
          // The log must not contain credentials.
          ...(configuration && { changed: ['configuration'] }),
          ...(lists.length > 0 && { suppression_lists: lists.map(({ name }) => name) }),
        };
        await recordAudit(tx, actor, audit('change', id, detail), now());
        return shownWith(deps, await getAuthorization(tx, id), configuration ?? stored, tx);
      });
    },
    delete: (id, actor) =>
      transaction(db, async (tx) => {
        const { label } = await getAuthorization(tx, id);
        await deleteAuthorization(tx, id);
        await recordAudit(tx, actor, audit('delete', id, { label }), now());
      }),
    verify: async (id, { adAccountId }, actor, signal) => {
      const { label } = await getAuthorization(db, id);
      const found = await verifyAuthorization(deps, id, { adAccountId, by: 'person' }, signal);
      await transaction(db, (tx) =>
        recordAudit(tx, actor, audit('verify', id, { label, health: found.health }), now()),
      );
      return found;
    },
    usedBy: async (id) => {
      await getAuthorization(db, id);
      return jobsUsing(db, id);
    },
  };
}

/**
 * The suppression lists that read with an authorization. Other credentials may lead to other people, and then the list
 * keeps out nobody whom its administrator meant.
 * @throws {LineupError} `not_permitted` when there are any and the role may not change lists
 */
async function listsReadingWith(db: Db, id: string, role: Role): Promise<{ id: string; name: string }[]> {
  const lists = await listsUsing(db, id);
  if (lists.length === 0 || mayDo(role, 'suppression_lists.write')) return lists;
  throw new LineupError(
    'not_permitted',
    sentence`The suppression list ${listed(lists.map(({ name }) => quoted(name)))} reads its members with this authorization, so only an administrator may replace its credentials. Ask an administrator, or create another authorization for your jobs.`,
  );
}

/** As it is stored. Undefined when the key of the secrets is gone, or the authorization is. */
const configurationIn = async ({ db, box }: UseCaseDeps, id: string): Promise<Record<string, string> | undefined> =>
  (await revealConfiguration(db, box, id).catch(() => undefined))?.reveal();

/** With what its configuration says that may be shown. @param db in whose transaction the authorization was read */
async function shownWith(
  deps: UseCaseDeps,
  authorization: Authorization,
  configuration: Record<string, string> | undefined,
  db: Db = deps.db,
): Promise<Authorization> {
  const connection = await connectionIn(db, deps, authorization, configuration);
  return withReferences({ ...authorization, ...(connection && { connection }) }, configuration);
}

/** The keys whose values are not those of a missing key. Undefined when nobody can see the values. */
function configuredKeys(
  { provider, method }: ProviderMethod,
  all: Record<string, string> | undefined,
): string[] | undefined {
  if (!all) return undefined;
  const found = findMethod(provider, method);
  const isDefault = (key: string): boolean => {
    const { [key]: value, ...others } = all;
    return found !== undefined && checkConfiguration(found, others).data?.[key] === value;
  };
  return Object.keys(all).filter((key) => !isDefault(key));
}

/**
 * @throws {LineupError} `invalid_argument` for credentials that nobody could use; `authorization_not_verified` when
 *   `verify` is `first` and they do not work
 */
async function verifyFirst(
  deps: UseCaseDeps,
  method: ProviderMethod,
  configuration: Record<string, string>,
  { verify, adaccount_id }: Pick<AuthorizationChange, 'verify' | 'adaccount_id'>,
): Promise<VerificationResult | undefined> {
  await assertCredentials(method.provider, configuration);
  if (verify === undefined) return undefined;
  const unsaved = { provider: method.provider, method: method.method, configuration, adAccountId: adaccount_id };
  const limit = timeLimit(deps, VERIFY_TIMEOUT_MS);
  const verified = await verifyUnsaved(deps, unsaved, limit.signal).finally(limit.end);
  if (verified && verify === 'first') assertVerified(method, verified);
  return verified;
}

/**
 * The normalised configuration of a method: trimmed, with defaults.
 * @throws {LineupError} `invalid_argument`, each problem at its key
 */
function configurationFor(
  { provider, method }: { provider: string; method: string },
  configuration: Record<string, string>,
): Record<string, string> {
  try {
    return configurationOf(provider, method, configuration);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    throw wrongValues(fieldErrorsOf(error, 'configuration'));
  }
}

const audit = auditEntries('authorization');
