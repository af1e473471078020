/** Use cases of the settings (src/contracts/settings.ts). */

import type { MailServer } from '../contracts/notifications.ts';
import {
  type SettingChanges,
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
import { type FieldError, LineupError } from '../domain/errors/errors.ts';
import { uploadOfSegment } from '../domain/files/file-names.ts';
import { fieldError, fieldErrorsOf, wrongValues } from '../domain/text/localized.ts';
import { sentence, sentenceOf } from '../domain/text/sentence.ts';
import { portOf } from '../domain/values/hosts.ts';
import { Secret } from '../domain/values/secret.ts';
import { isSecretReference } from '../domain/values/secret-reference.ts';
import { readTolerantly, withUnknownKeys } from '../domain/values/tolerant.ts';
import { isHostListed, networkGuard } from '../network/guard.ts';
import { refusalOf, warningsOf } from '../readers/files/open-folders.ts';
import { type Db, type Tx, transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { lockSetting, MAIL, readStored, revealSetting, writeSetting } from '../store/repositories/settings.ts';
import { listSuppressionLists, lockLists, sourceChanged } from '../store/repositories/suppression-lists.ts';
import type { SecretBox } from '../store/secrets/secret-box.ts';
import { changesBetween } from './audit-log.ts';
import type { UseCaseDeps } from './deps.ts';
import { mailServerOf, passOnServer } from './notifications/mail-server.ts';

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
    const password = (await revealSetting(db, box, MAIL).catch(() => undefined))?.reveal();
    return {
      ...read,
      warnings: await warningsAt(read.files.roots, own),
      mail_password: password !== undefined,
      ...(isSecretReference(password) && { mail_password_reference: password }),
    };
  };
  return {
    read: view,
    write: async (section, changes, actor) => {
      const problems = await settingProblems(deps, section, changes);
      if (problems.length > 0) throw wrongValues(problems);
      const parsed = settingChanges[section].parse(changes);
      const { password, ...given } = parsed as typeof parsed & { password?: string | null };
      await transaction(db, async (tx) => {
        await lockSetting(tx, section);
        const server = section === MAIL ? await mailServerOf(tx, box) : null;
        const before = (await readSettings(tx))[section];
        const value = { ...before, ...given };
        // Somebody may have entered another server since the check.
        const moved = section === MAIL && passwordElsewhere(server, { ...value, password });
        if (moved) throw wrongValues([moved]);
        // A newer version may have stored more, and what is not named here stays as it is.
        const stored = (await readStored(tx)).get(section) as object | undefined;
        const kept = { ...stored, ...withUnknownKeys<object>(settingSections[section], stored, given) };
        const secret = secretOf(value, password);
        const isReplaced = secret !== undefined && Boolean(secret ?? server?.password);
        await writeSetting(tx, box, section, { value: kept, secret }, actor, now());
        if (section === MAIL) await passOnServer(tx, box, server);
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
              ...(isReplaced && { secret_replaced: true }),
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
  { db, box, own, internalHosts }: Pick<UseCaseDeps, 'db' | 'box' | 'own' | 'internalHosts'>,
  section: SettingSection,
  changes: unknown,
): Promise<FieldError[]> {
  const { data, error } = settingChanges[section].safeParse(changes);
  if (!data) return fieldErrorsOf(error);
  return [
    ...('url_roots' in data && data.url_roots ? notEncrypted(data.url_roots, await internalHosts()) : []),
    ...('roots' in data && data.roots ? await notOpenable(data.roots, own) : []),
    ...(section === MAIL ? await mailProblems(db, box, data as SettingChanges['mail'], await internalHosts()) : []),
  ];
}

async function mailProblems(
  db: Db,
  box: SecretBox,
  changes: SettingChanges['mail'],
  allowed: readonly string[],
): Promise<FieldError[]> {
  const before = await mailServerOf(db, box);
  const { mail } = await readSettings(db);
  const after = { ...mail, ...changes };
  if (after.host === null) return [];
  if (after.from === null) return [fieldError('from', sentence`Enter an e-mail address.`)];
  const moved = passwordElsewhere(before, after);
  if (moved) return [moved];
  try {
    networkGuard({ allowed, port: after.port, purpose: 'notification' }).assertAllowed(after.host);
    return [];
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    return [fieldError('host', sentenceOf(error))];
  }
}

/** Whoever may change the settings must not get the password of a server by sending it to another one. */
function passwordElsewhere(before: MailServer | null, after: Partial<SettingChanges['mail']>): FieldError | undefined {
  if (!before?.password || after.host === null || after.password !== undefined) return undefined;
  const isElsewhere = (['host', 'port', 'security'] as const).some((key) => before[key] !== after[key]);
  return isElsewhere ? fieldError('password', sentence`This is another server. Enter its password.`) : undefined;
}

/** The password belongs to the server and goes with it: another one that is entered later must not get it. */
function secretOf(value: object, password: string | null | undefined): Secret | null | undefined {
  if (password === null || ('host' in value && value.host === null)) return null;
  return password === undefined ? undefined : new Secret(password);
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
