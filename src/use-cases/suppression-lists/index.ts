/** Use cases of suppression lists: who must never be in an audience. */
import { isDeepStrictEqual } from 'node:util';
import type { SuppressionLists } from '../../contracts/use-cases.ts';
import { identifierTypes } from '../../domain/audiences/requests.ts';
import {
  type ListRefusal,
  MAX_JOBS_OF_LIST,
  MAX_SUPPRESSION_LISTS,
  type NewSuppressionList,
  type SuppressionListChange,
  type SuppressionListView,
  seenSizesOf,
  type UseOfList,
} from '../../domain/audiences/suppression-lists.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { fileOptionsKey } from '../../domain/files/file-options.ts';
import { letInByDeletion, letInByList } from '../../domain/jobs/let-in.ts';
import { changedMeanwhile } from '../../domain/text/localized.ts';
import { listed, sentence } from '../../domain/text/sentence.ts';
import { type Tx, transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { listAuthorizations } from '../../store/repositories/authorizations.ts';
import { choosersOf, jobCounts, jobsOfList, longestStay, usesOfList } from '../../store/repositories/jobs-of-lists.ts';
import { acceptRefusals } from '../../store/repositories/list-refusals.ts';
import {
  changeSuppressionList,
  createSuppressionList,
  deleteSuppressionList,
  getSuppressionList,
  type ListDefinition,
  listSuppressionLists,
  lockLists,
  sourceChanged,
} from '../../store/repositories/suppression-lists.ts';
import { auditEntries, changesBetween } from '../audit-log.ts';
import { createOnce } from '../create-once.ts';
import type { UseCaseDeps } from '../deps.ts';
import { assertConfirmed, letInDetail } from '../let-in.ts';
import { claimUploadForList } from '../uploads/of-list.ts';
import { assertNone, assertValidList, storedProblems } from './validate.ts';

export function suppressionListUseCases(deps: UseCaseDeps): SuppressionLists {
  const { db, now } = deps;

  const labels = async () => new Map((await listAuthorizations(db)).map(({ id, label }) => [id, label]));
  const sourceLabel = (
    list: Pick<ListDefinition, 'source_authorization_id'>,
    labelsById: ReadonlyMap<string, string>,
  ): string | null => list.source_authorization_id && (labelsById.get(list.source_authorization_id) ?? null);
  const view = async (id: string): Promise<SuppressionListView> => {
    const { source_version: _, ...list } = await getSuppressionList(db, id);
    const [jobs, uses] = [await jobsOfList(db, list, MAX_JOBS_OF_LIST, now()), await usesOfList(db, list)];
    return {
      ...list,
      source_label: sourceLabel(list, await labels()),
      job_count: countJobs(uses),
      jobs,
      uses,
      longest_stay_days: await longestStay(db, list, now()),
    };
  };
  /** Locks the lists, and checks what another list or job may have changed since the validation. */
  const claim = async (tx: Tx, input: NewSuppressionList, id?: string): Promise<void> => {
    await claimUploadForList(tx, input, now());
    await lockLists(tx, 'change a list');
    assertNone(await storedProblems(tx, input, id));
  };

  return {
    list: async () => {
      const lists = await listSuppressionLists(db);
      const [counts, labelsById] = [await jobCounts(db, lists), await labels()];
      return lists.map(({ source_version: _, ...list }) => ({
        ...list,
        source_label: sourceLabel(list, labelsById),
        job_count: counts.get(list.id) ?? 0,
      }));
    },
    get: view,
    create: (input, actor, options = {}) =>
      createOnce(deps, {
        actor,
        options,
        request: { suppression_list: input },
        check: () => assertValidList(deps, input),
        make: async (tx) => {
          await claim(tx, input);
          if ((await listSuppressionLists(tx)).length >= MAX_SUPPRESSION_LISTS) throw tooMany();
          const id = await createSuppressionList(tx, input, actor, now());
          const { name, applies_to } = input;
          await recordAudit(tx, actor, audit('create', id, { name, applies_to }), now());
          return id;
        },
        load: view,
      }),
    change: async (id, revision, change, actor, letIn) => {
      const before = await getSuppressionList(db, id);
      if (before.revision !== revision) throw changedMeanwhile();
      const input = changed(before, change);
      await assertValidList(deps, input, id);
      await transaction(db, async (tx) => {
        await claim(tx, input, id);
        // Nobody else changes it from here on.
        const found = letInByList({ ...before, uses: await usesOfList(tx, before) }, input);
        assertConfirmed(found, letIn);
        await changeSuppressionList(tx, id, revision, input, actor, now());
        const isOther = readsOthers(before, input);
        if (isOther) await sourceChanged(tx, [id]);
        const detail = {
          name: input.name,
          changes: changesBetween(before, input),
          ...(isOther && { source_changed: true }),
          ...letInDetail(found),
        };
        await recordAudit(tx, actor, audit('change', id, detail), now());
      });
      return view(id);
    },
    delete: (id, actor, letIn) =>
      transaction(db, async (tx) => {
        await lockLists(tx, 'change a list');
        const list = await getSuppressionList(tx, id);
        const { name } = list;
        const choosers = await choosersOf(tx, id);
        if (choosers.length > 0) throw inUse(choosers.map((job) => job.name));
        const uses = await usesOfList(tx, list);
        const found = letInByDeletion({ ...list, uses });
        assertConfirmed(found, letIn);
        await deleteSuppressionList(tx, id);
        const detail = { name, ...(found && { jobs: countJobs(uses) }), ...letInDetail(found) };
        await recordAudit(tx, actor, audit('delete', id, detail), now());
      }),
    acceptSize: async (id, seen, actor) => {
      await transaction(db, async (tx) => {
        await lockLists(tx, 'change a list');
        const list = await getSuppressionList(tx, id);
        const open = list.refusals.filter(({ accepted }) => !accepted);
        if (open.length === 0) throw nothingToAccept();
        if (!isDeepStrictEqual(seenSizesOf(list), seen)) throw otherSizes();
        await acceptRefusals(tx, id);
        const { name, revision } = list;
        const detail = { name, revision, approved: open.map(acceptedText) };
        await recordAudit(tx, actor, audit('accept_size', id, detail), now());
      });
      return view(id);
    },
  };
}

const audit = auditEntries('suppression_list');

const countJobs = (uses: readonly UseOfList[]): number => uses.reduce((sum, { jobs }) => sum + jobs, 0);

/** What was accepted, for the audit log. */
const acceptedText = ({ identifier_type, job_id, job_name, before, after }: ListRefusal): string =>
  [identifier_type, ...(job_id === null ? [] : [job_name ?? job_id]), `${before} → ${after}`].join(', ');

const nothingToAccept = (): LineupError =>
  new LineupError(
    'action_not_allowed',
    sentence`No run has stopped because this suppression list has shrunk, so there is no size to accept. Run the jobs that use it.`,
  );

const otherSizes = (): LineupError =>
  new LineupError(
    'changed_meanwhile',
    sentence`The suppression list or its sizes have changed since you looked at them, so nothing was accepted. Look at the list again.`,
  );

/** Whether a list may read other people after a change. */
const readsOthers = (before: ListDefinition, after: NewSuppressionList): boolean =>
  before.source_authorization_id !== after.source_authorization_id ||
  before.segment_id !== after.segment_id ||
  fileOptionsKey(before.file_options) !== fileOptionsKey(after.file_options) ||
  identifierTypes.some((type) => before.fields[type] !== undefined && before.fields[type] !== after.fields[type]);

/** The whole list after a change. File options belong to their file, so another source starts without them. */
function changed(before: ListDefinition, { file_options, ...change }: SuppressionListChange): NewSuppressionList {
  const { name, description, source_authorization_id, segment_id, fields, applies_to, max_shrink } = before;
  const kept = { name, description, source_authorization_id, segment_id, fields, applies_to, max_shrink };
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const after: NewSuppressionList = { ...kept, ...given };
  const isSameSource = after.source_authorization_id === source_authorization_id && after.segment_id === segment_id;
  const options = file_options === undefined && isSameSource ? before.file_options : file_options;
  return options ? { ...after, file_options: options } : after;
}

const tooMany = (): LineupError =>
  new LineupError(
    'action_not_allowed',
    sentence`There can be at most ${MAX_SUPPRESSION_LISTS} suppression lists. Delete one that is not needed.`,
  );

const inUse = (names: readonly string[]): LineupError =>
  new LineupError(
    'suppression_list_in_use',
    sentence`This suppression list is chosen by ${listed(names)}. First take it out of those jobs.`,
  );
