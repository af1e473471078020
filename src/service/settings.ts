/** Settings of the installation, a section a key (src/contracts/settings.ts). */
import type { SettingsStore } from '../contracts/service.ts';
import { type Settings, settingSection, settingSections, settings } from '../contracts/settings.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Db } from '../store/database.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { ServiceDeps } from './deps.ts';

/** Every section, defaults filled in. */
export async function readSettings(db: Db): Promise<Settings> {
  const sections: Record<string, unknown> = {};
  for (const section of settingSection.options) sections[section] = (await readSetting(db, section)) ?? {};
  return settings.parse(sections);
}

export function settingsService({ db, box, now }: ServiceDeps): SettingsStore {
  return {
    read: () => readSettings(db),
    write: async (section, value, actor) => {
      const checked = settingSections[section].parse(value);
      await db.transaction().execute(async (tx) => {
        await writeSetting(tx, box, section, { value: checked }, actor, now());
        const entry = { action: 'settings.change', subjectType: 'settings', subjectId: section };
        await recordAudit(tx, actor, { ...entry, detail: checked }, now());
      });
      return readSettings(db);
    },
  };
}
