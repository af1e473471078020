/** Use cases of the settings (src/contracts/settings.ts). */

import {
  type SettingSection,
  type Settings,
  type SettingsView,
  settingChanges,
  settingSection,
  settingSections,
  settings,
  type UrlRoot,
} from '../contracts/settings.ts';
import type { SettingsStore } from '../contracts/use-cases.ts';
import type { FieldError } from '../domain/errors/errors.ts';
import { uploadOfSegment } from '../domain/files/file-names.ts';
import { fieldError, fieldErrorsOf, wrongValues } from '../domain/text/localized.ts';
import { sentence } from '../domain/text/sentence.ts';
import { portOf } from '../domain/values/hosts.ts';
import { readTolerantly, withUnknownKeys } from '../domain/values/tolerant.ts';
import { isHostListed } from '../network/guard.ts';
import { refusalOf, warningsOf } from '../readers/files/open-folders.ts';
import { type Db, type Tx, transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { readStored, writeSetting } from '../store/repositories/settings.ts';
import { listSuppressionLists, lockLists, sourceChanged } from '../store/repositories/suppression-lists.ts';
import { changesBetween } from './audit-log.ts';
import type { UseCaseDeps } from './deps.ts';

/** All sections, with defaults. */
export async function readSettings(db: Db): Promise<Settings> {
  const stored = await readStored(db);
  const sections = settingSection.options.map((section) => [section, stored.get(section) ?? {}]);
  return readTolerantly(settings, Object.fromEntries(sections)).value;
}

export function settingUseCases(deps: UseCaseDeps): SettingsStore {
  const { db, box, own, now } = deps;
  const view = async (): Promise<SettingsView> => {
    const read = await readSettings(db);
    return { ...read, warnings: await warningsAt(read.files.roots, own) };
  };
  return {
    read: view,
    write: async (section, changes, actor) => {
      const problems = await settingProblems(deps, section, changes);
      if (problems.length > 0) throw wrongValues(problems);
      const given = settingChanges[section].parse(changes);
      await transaction(db, async (tx) => {
        const before = (await readSettings(tx))[section];
        const value = { ...before, ...given };
        // A newer version may have stored more, and what is not named here stays as it is.
        const stored = (await readStored(tx)).get(section) as object | undefined;
        const kept = { ...stored, ...withUnknownKeys<object>(settingSections[section], stored, given) };
        await writeSetting(tx, box, section, { value: kept }, actor, now());
        const changed = changesBetween(before, value);
        const lists = Object.keys(changed).length > 0 ? await listsDependingOn(tx, section) : [];
        await sourceChanged(
          tx,
          lists.map(({ id }) => id),
        );
        const entry = { action: 'settings.change', subjectType: 'settings', subjectId: section };
        await recordAudit(
          tx,
          actor,
          {
            ...entry,
            detail: {
              changes: changed,
              ...(lists.length > 0 && { suppression_lists: lists.map(({ name }) => name) }),
            },
          },
          now(),
        );
      });
      return view();
    },
  };
}

/** What is wrong with new values of a section, each problem at its key. */
export async function settingProblems(
  { own, internalHosts }: Pick<UseCaseDeps, 'own' | 'internalHosts'>,
  section: SettingSection,
  changes: unknown,
): Promise<FieldError[]> {
  const { data, error } = settingChanges[section].safeParse(changes);
  if (!data) return fieldErrorsOf(error);
  return [
    ...('url_roots' in data && data.url_roots ? notEncrypted(data.url_roots, await internalHosts()) : []),
    ...('roots' in data && data.roots ? await notOpenable(data.roots, own) : []),
  ];
}

/** The suppression lists that may read something else after a change of these settings. */
async function listsDependingOn(tx: Tx, section: SettingSection): Promise<{ id: string; name: string }[]> {
  if (section !== 'files' && section !== 'network') return [];
  await lockLists(tx, 'change what lists read');
  // Hosts are those of authorizations and of URLs; folders and URLs are those of files.
  return (await listSuppressionLists(tx)).filter(
    ({ source_authorization_id, segment_id }) =>
      (section === 'network' || source_authorization_id === null) &&
      !(source_authorization_id === null && uploadOfSegment(segment_id) !== undefined),
  );
}

/** Members must be encrypted in transit. */
const notEncrypted = (roots: readonly UrlRoot[], allowed: readonly string[]): FieldError[] =>
  roots.flatMap((root, index) => {
    const url = new URL(root.url);
    if (url.protocol === 'https:' || isHostListed(allowed, url.hostname, portOf(url))) return [];
    return [
      fieldError(
        `url_roots.${index}.url`,
        sentence`Members must be transferred encrypted. Enter https://, or first list ${url.host} under “Hosts inside your network”.`,
      ),
    ];
  });

async function notOpenable(roots: readonly string[], own: readonly string[]): Promise<FieldError[]> {
  const refusals = await Promise.all(roots.map((root) => refusalOf(root, own)));
  return refusals.flatMap((problem, index) => (problem ? [fieldError(`roots.${index}`, problem)] : []));
}

async function warningsAt(roots: readonly string[], own: readonly string[]): Promise<FieldError[]> {
  const found = await Promise.all(roots.map((root) => warningsOf(root, own)));
  return found.flatMap((all, index) => all.map((problem) => fieldError(`files.roots.${index}`, problem)));
}
