/** Settings of the installation, by section. A new section needs only a new entry here. */
import { z } from 'zod';
import { alertRules } from '../domain/alerts/alerts.ts';
import { readFileUrl } from '../domain/files/file-url.ts';
import { timeZone } from '../domain/schedule/schedule.ts';
import { fieldErrorSchema, languageCode } from '../domain/text/localized.ts';
import { issueText } from '../domain/text/sentence.ts';
import { MAX_URL } from '../domain/values/bounds.ts';
import { internalHost, MAX_INTERNAL_HOSTS } from '../domain/values/internal-hosts.ts';
import { mailServer } from './notifications.ts';

/** A URL below which exports may read files. */
const urlRoot = z.strictObject({
  url: z
    .string()
    .trim()
    .max(MAX_URL)
    .superRefine((text, context) => {
      const read = readFileUrl(text);
      if ('problem' in read) context.addIssue({ code: 'custom', message: read.problem });
    })
    // The canonical form: the host in lower case, the path encoded.
    .overwrite((text) => URL.parse(text)?.href ?? text),
});
export type UrlRoot = z.infer<typeof urlRoot>;

const days = z.number().int().min(1).max(3650);
const roots = z.array(z.string().trim().max(4_096).regex(/^\//, issueText`Enter an absolute path.`)).max(50);
const urlRoots = z.array(urlRoot).max(50);
const internalHosts = z.array(internalHost).max(MAX_INTERNAL_HOSTS);

export const settingSections = {
  /** How long to keep runs (with their events and requests) and the audit log. */
  retention: z.strictObject({ runs_days: days.default(400), audit_days: days.default(1100) }),
  /** Folders and URLs with files that exports may read. */
  files: z.strictObject({ roots: roots.default([]), url_roots: urlRoots.default([]) }),
  /** Hosts inside this network that Lineup may connect to. All other hosts must be public. */
  network: z.strictObject({ internal_hosts: internalHosts.default([]) }),
  /** The default language of the web app, and the time zone of the times that it shows. */
  appearance: z.strictObject({
    language: languageCode.default('en'),
    /** Null: the time zone of each user's browser. */
    time_zone: timeZone.nullable().default(null),
  }),
  /** The alert rules of jobs that do not have their own. A rule that is missing is off. */
  alerts: alertRules,
  /** The mail server of all e-mail channels that do not have their own; without a host, there is none. */
  mail: z.strictObject({
    host: mailServer.host.nullable().default(null),
    port: mailServer.port.default(587),
    security: mailServer.security.default('starttls'),
    user: mailServer.user.default(null),
    from: mailServer.from.nullable().default(null),
  }),
} as const;

export type SettingSection = keyof typeof settingSections;
export const settingSection = z.enum(Object.keys(settingSections) as [SettingSection, ...SettingSection[]]);

export const settings = z.object(settingSections);
export type Settings = z.infer<typeof settings>;
/** The settings with warnings about single values, for administrators. */
export const settingsView = settings.extend({
  warnings: z.array(fieldErrorSchema).readonly(),
  mail_password: z.boolean().describe('Whether the mail server has a password. The API never returns it.'),
  mail_password_reference: z
    .string()
    .optional()
    .describe('Where the password is, when it is a reference to a secret outside Lineup.'),
});
export type SettingsView = z.infer<typeof settingsView>;

/** New values of a section. What is missing stays. */
export const settingChanges = {
  retention: z.strictObject({ runs_days: days, audit_days: days }).partial(),
  files: z.strictObject({ roots, url_roots: urlRoots }).partial(),
  network: z.strictObject({ internal_hosts: internalHosts }).partial(),
  appearance: z.strictObject({ language: languageCode, time_zone: timeZone.nullable() }).partial(),
  alerts: alertRules,
  /** Another host, port or encryption needs the password once more. */
  mail: z.strictObject({ ...mailServer, host: mailServer.host.nullable(), from: mailServer.from.nullable() }).partial(),
} satisfies Record<SettingSection, z.ZodType>;
export type SettingChanges = { [Section in SettingSection]: z.input<(typeof settingChanges)[Section]> };
