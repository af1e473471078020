/** Settings of the installation in a plan. A section or a key that the file does not have stays as it is. */
import { type SettingSection, type SettingsView, settingSection } from '../contracts/settings.ts';
import { type Change, changesBetween } from './changes.ts';
import type { ConfigurationFile } from './file.ts';
import { referenceChanges } from './reference.ts';

export interface SettingsStep {
  readonly action: 'change';
  readonly kind: 'settings';
  readonly section: SettingSection;
  readonly wanted: Record<string, unknown>;
  readonly changes: readonly Change[];
  /** The password of the mail server is sent, which the file names. */
  readonly replaceSecret: boolean;
}

/** Hosts first: a URL that is open to exports may need them. */
const inOrder = settingSection.options.toSorted((a, b) => Number(b === 'network') - Number(a === 'network'));

/** A step for each section of the file; undefined for one that is as in the service. */
export const settingsSteps = (
  file: ConfigurationFile,
  running: SettingsView | undefined,
  replaceSecrets: boolean,
): (SettingsStep | undefined)[] =>
  inOrder.flatMap((section) => {
    const wanted: Record<string, unknown> | undefined = file.settings?.[section];
    if (!wanted || !running) return [];
    const now: Record<string, unknown> = running[section];
    // A password cannot be compared, only a reference to one.
    const { password, ...shown } = wanted;
    const before = Object.fromEntries(Object.keys(shown).map((key) => [key, now[key]]));
    // Without a server, there is none.
    const namesSecret = typeof password === 'string' && { ...now, ...shown }.host !== null;
    const changes = [
      ...changesBetween(before, shown),
      ...('password' in wanted
        ? referenceChanges({ password: running.mail_password_reference }, { password: namesSecret ? password : null })
        : []),
    ];
    const isMissing = namesSecret !== running.mail_password;
    const isDue = 'password' in wanted && (isMissing || (namesSecret && (replaceSecrets || changes.length > 0)));
    if (changes.length === 0 && !isDue) return [undefined];
    const sent = isDue ? wanted : shown;
    return [
      { action: 'change', kind: 'settings', section, wanted: sent, changes, replaceSecret: isDue && namesSecret },
    ];
  });
