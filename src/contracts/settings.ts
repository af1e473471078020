/** Settings of the installation, a section a key. A further section is a further entry here. */
import { z } from 'zod';
import { MAX_URL } from './bounds.ts';
import { readFileUrl } from './file-url.ts';
import { fieldErrorSchema, languageCode } from './localized.ts';
import { internalHost, MAX_INTERNAL_HOSTS } from './network.ts';
import { timeZone } from './schedule.ts';
import { issueText } from './sentence.ts';

/** A place below which files may be fetched. */
const urlRoot = z.strictObject({
  url: z
    .string()
    .trim()
    .max(MAX_URL)
    .superRefine((text, context) => {
      const read = readFileUrl(text);
      if ('problem' in read) context.addIssue({ code: 'custom', message: read.problem });
    })
    // As it is compared and shown: the host in lower case, the path encoded.
    .overwrite((text) => URL.parse(text)?.href ?? text),
});
export type UrlRoot = z.infer<typeof urlRoot>;

const days = z.number().int().min(1).max(3650);

export const settingSections = {
  /** How long runs with their events and requests are kept, and how long the audit log. */
  retention: z.strictObject({ runs_days: days.default(400), audit_days: days.default(1100) }),
  /** Folders whose files may be exported, and URLs below which they may be fetched. */
  files: z.strictObject({
    roots: z
      .array(z.string().trim().max(4_096).regex(/^\//, issueText`Enter an absolute path.`))
      .max(50)
      .default([]),
    url_roots: z.array(urlRoot).max(50).default([]),
  }),
  /** What may be connected to inside this network, for every purpose; everything else must be public. */
  network: z.strictObject({
    internal_hosts: z.array(internalHost).max(MAX_INTERNAL_HOSTS).default([]),
  }),
  /** What the web app speaks to those who have chosen nothing else, and the time zone of every time that it shows. */
  appearance: z.strictObject({
    language: languageCode.default('en'),
    /** Null: each reader's own. */
    time_zone: timeZone.nullable().default(null),
  }),
} as const;

export type SettingSection = keyof typeof settingSections;
export const settingSection = z.enum(Object.keys(settingSections) as [SettingSection, ...SettingSection[]]);

export const settings = z.object(settingSections);
export type Settings = z.infer<typeof settings>;
/** The settings as they are shown: with what an administrator should know of single values. */
export const settingsView = settings.extend({ warnings: z.array(fieldErrorSchema).readonly() });
export type SettingsView = z.infer<typeof settingsView>;
/** What a section is given; what is left out becomes its default. */
export type SettingsInput = z.input<typeof settings>;
