/** Settings of the installation, a section a key. A further section is a further entry here. */
import { z } from 'zod';

const days = z.number().int().min(1).max(3650);

export const settingSections = {
  /** How long runs with their events and requests are kept, and how long the audit log. */
  retention: z.strictObject({ runs_days: days.default(400), audit_days: days.default(1100) }),
  /** Folders whose files may be exported; without any, no file can be a source. */
  files: z.strictObject({
    roots: z.array(z.string().trim().regex(/^\//, 'Enter an absolute path.')).max(50).default([]),
  }),
  /** Hosts of this network that notifications may go to, by name or address; all others must be public. */
  notifications: z.strictObject({
    internal_hosts: z.array(z.string().trim().toLowerCase().min(1).max(253)).max(50).default([]),
  }),
  /** What the web app speaks to those who have chosen nothing else. */
  appearance: z.strictObject({ language: z.enum(['en', 'ja', 'zh-TW', 'th', 'id']).default('en') }),
} as const;

export type SettingSection = keyof typeof settingSections;
export const settingSection = z.enum(Object.keys(settingSections) as [SettingSection, ...SettingSection[]]);

export const settings = z.object(settingSections);
export type Settings = z.infer<typeof settings>;
