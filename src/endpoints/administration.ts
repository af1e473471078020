/** The administration of an installation: settings, notification channels, and the audit log. */
import { z } from 'zod';
import { auditFilter, auditPart, MAX_EXPORTED, shownAuditEntry } from '../contracts/audit.ts';
import { channel, channelChange, channelTest, digestPreview, newChannel } from '../contracts/notifications.ts';
import { type SettingSection, settingChanges, settingsView } from '../contracts/settings.ts';
import { languageCode } from '../domain/text/localized.ts';
import { itemsOf, pageOf, pageQuery } from '../domain/values/paging.ts';
import { byId, created, csv, type Endpoint, endpoint, noContent, ok } from './endpoint.ts';

/** Each section has an endpoint, so that each has its own schema in the reference. */
const changeSection = <Section extends SettingSection>(section: Section) =>
  endpoint({
    operationId: `change${section[0]?.toUpperCase()}${section.slice(1)}Settings`,
    tag: 'Settings',
    summary: `Update settings: ${section}`,
    access: 'settings.write',
    body: settingChanges[section],
    response: ok(settingsView),
  });

const sections = {
  'PUT /settings/retention': changeSection('retention'),
  'PUT /settings/files': changeSection('files'),
  'PUT /settings/network': changeSection('network'),
  'PUT /settings/appearance': changeSection('appearance'),
  'PUT /settings/alerts': changeSection('alerts'),
  'PUT /settings/mail': changeSection('mail'),
} satisfies Record<`PUT /settings/${SettingSection}`, Endpoint>;

export const settingEndpoints = {
  'GET /settings': endpoint({
    operationId: 'getSettings',
    tag: 'Settings',
    summary: 'Get settings',
    access: 'settings.read',
    response: ok(settingsView),
  }),
  ...sections,
};

const readChannels = { tag: 'Notifications', access: 'notifications.read' } as const;
const writeChannels = { tag: 'Notifications', access: 'notifications.write' } as const;

/** The API never returns the secrets of a channel. */
export const notificationChannelEndpoints = {
  'GET /notification-channels': endpoint({
    ...readChannels,
    operationId: 'listNotificationChannels',
    summary: 'List notification channels',
    response: ok(itemsOf(channel)),
  }),
  'POST /notification-channels': endpoint({
    ...writeChannels,
    operationId: 'createNotificationChannel',
    summary: 'Create a notification channel; only this response contains a generated signing key',
    body: newChannel,
    response: created(z.object({ channel, signing_key: z.string().nullable() })),
  }),
  'PATCH /notification-channels/:id': endpoint({
    ...writeChannels,
    operationId: 'changeNotificationChannel',
    summary: 'Update a notification channel or replace its destination',
    params: byId,
    body: channelChange,
    // A webhook whose key was lost gets a new one, unless the request has one. Only this response contains it.
    response: ok(channel.extend({ signing_key: z.string().optional() })),
  }),
  'DELETE /notification-channels/:id': endpoint({
    ...writeChannels,
    operationId: 'deleteNotificationChannel',
    summary: 'Delete a notification channel',
    params: byId,
    response: noContent,
  }),
  'POST /notification-channels/:id/test': endpoint({
    ...writeChannels,
    operationId: 'testNotificationChannel',
    summary: 'Send a test message',
    params: byId,
    response: ok(channelTest),
  }),
  'GET /notification-channels/weekly-digest': endpoint({
    ...readChannels,
    operationId: 'previewWeeklyDigest',
    summary: 'Preview the weekly digest as it is now',
    query: z.object({ language: languageCode.optional() }),
    response: ok(digestPreview),
  }),
  'POST /notification-channels/:id/weekly-digest': endpoint({
    ...writeChannels,
    operationId: 'sendWeeklyDigest',
    summary: 'Send the weekly digest as it is now',
    params: byId,
    response: ok(channelTest),
  }),
};

const readAuditLog = { tag: 'Audit log', access: 'audit_log.read' } as const;

/** Who changed what. */
export const auditLogEndpoints = {
  'GET /audit-log': endpoint({
    ...readAuditLog,
    operationId: 'listAuditLog',
    summary: 'List audit log entries, newest first',
    query: pageQuery.extend(auditFilter.shape),
    response: ok(pageOf(shownAuditEntry)),
  }),
  'GET /audit-log/entries': endpoint({
    ...readAuditLog,
    operationId: 'readAuditLogInOrder',
    summary: 'Read audit log entries, oldest first, after the entry with an id',
    query: auditFilter.extend({
      limit: z.coerce.number<number>().int().min(1).max(500).default(200),
      after: z.coerce.number<number>().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    }),
    response: ok(auditPart),
  }),
  'GET /audit-log/export': endpoint({
    ...readAuditLog,
    operationId: 'exportAuditLog',
    summary: `Download the newest ${MAX_EXPORTED.toLocaleString('en-US')} matching audit log entries as CSV`,
    query: auditFilter,
    response: csv(),
  }),
};
