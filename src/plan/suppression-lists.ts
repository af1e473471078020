/** Suppression lists in a plan. A file without a section for them leaves those of the service alone. */
import type { Authorization } from '../contracts/authorizations.ts';
import type { JobView } from '../contracts/jobs.ts';
import type { SuppressionList } from '../domain/audiences/suppression-lists.ts';
import { type Change, changesBetween, type Problem } from './changes.ts';
import type { ConfigurationFile, FileSuppressionList } from './file.ts';

export type ListStep =
  | {
      readonly action: 'create';
      readonly kind: 'suppression list';
      readonly wanted: FileSuppressionList;
    }
  | {
      readonly action: 'change';
      readonly kind: 'suppression list';
      readonly existing: SuppressionList;
      readonly wanted: FileSuppressionList;
      readonly changes: readonly Change[];
    }
  | { readonly action: 'delete'; readonly kind: 'suppression list'; readonly existing: SuppressionList };

interface RunningLists {
  readonly authorizations: readonly Authorization[];
  readonly suppressionLists: readonly SuppressionList[];
}

/** Names of suppression lists and of their authorizations that neither the file nor the service has. */
export function listProblems(file: ConfigurationFile, { authorizations, suppressionLists }: RunningLists): Problem[] {
  const lists = file.suppression_lists ?? [];
  const names = [...suppressionLists, ...lists].map(({ name }) => name);
  const labels = [...authorizations, ...file.authorizations].map(({ label }) => label);
  return [
    ...lists.flatMap(({ source_authorization: label }, index) => {
      if (label === null || labels.includes(label)) return [];
      const message = `The authorization "${label}" is neither in the file nor in the service. Add it to the file, or correct its label.`;
      return [{ path: ['suppression_lists', index, 'source_authorization'], message }];
    }),
    ...file.jobs.flatMap((job, index) =>
      (job.suppression_lists ?? []).flatMap((name, place) => {
        if (names.includes(name)) return [];
        const message = `The suppression list "${name}" is neither in the file nor in the service. Add it to the file, or correct its name.`;
        return [{ path: ['jobs', index, 'suppression_lists', place], message }];
      }),
    ),
  ];
}

/** The lists that the file does not have; none when it has no section for them. */
export const listsNotIn = (file: ConfigurationFile, { suppressionLists }: RunningLists): SuppressionList[] =>
  suppressionLists.filter(({ name }) => file.suppression_lists?.every((list) => list.name !== name));

/** The lists that no job of the file needs. A job without lists in the file keeps those that it has. */
export function superfluousLists(
  lists: readonly SuppressionList[],
  file: ConfigurationFile,
  jobs: readonly JobView[],
): SuppressionList[] {
  const needed = new Set(
    file.jobs.flatMap(
      ({ name, suppression_lists }) =>
        suppression_lists ?? jobs.find((job) => job.name === name)?.configuration.suppression_lists ?? [],
    ),
  );
  return lists.filter(({ id, name }) => !needed.has(name) && !needed.has(id));
}

/** Undefined when there is nothing to do. */
export function stepForList(
  wanted: FileSuppressionList,
  existing: SuppressionList | undefined,
  labelOf: ReadonlyMap<string, string>,
): ListStep | undefined {
  if (!existing) return { action: 'create', kind: 'suppression list', wanted };
  const { description, source_authorization_id: source, segment_id, file_options } = existing;
  const { fields, applies_to, max_shrink } = existing;
  const changes = changesBetween(
    {
      description,
      source_authorization: source === null ? null : labelOf.get(source),
      segment_id,
      file_options,
      fields,
      applies_to,
      max_shrink,
    },
    { ...wanted, name: undefined },
  );
  return changes.length === 0 ? undefined : { action: 'change', kind: 'suppression list', existing, wanted, changes };
}
