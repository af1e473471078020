/** The administration of an installation: settings, notification channels, and the audit log. */
import type {
  auditLogEndpoints,
  notificationChannelEndpoints,
  settingEndpoints,
} from '../../endpoints/administration.ts';
import type { Deps, Handlers } from '../handler.ts';

export const settingHandlers = ({ useCases: { settings } }: Deps): Handlers<typeof settingEndpoints> => ({
  'GET /settings': () => settings.read(),
  'PUT /settings/retention': ({ body, principal }) => settings.write('retention', body, principal),
  'PUT /settings/files': ({ body, principal }) => settings.write('files', body, principal),
  'PUT /settings/network': ({ body, principal }) => settings.write('network', body, principal),
  'PUT /settings/appearance': ({ body, principal }) => settings.write('appearance', body, principal),
  'PUT /settings/alerts': ({ body, principal }) => settings.write('alerts', body, principal),
  'PUT /settings/mail': ({ body, principal }) => settings.write('mail', body, principal),
});

export const notificationChannelHandlers = ({
  useCases: { notifications },
}: Deps): Handlers<typeof notificationChannelEndpoints> => ({
  'GET /notification-channels': async () => ({ items: await notifications.list() }),
  'POST /notification-channels': async ({ body, principal }) => {
    const { channel, signingKey } = await notifications.create(body, principal, principal.role);
    return { channel, signing_key: signingKey?.reveal() ?? null };
  },
  'PATCH /notification-channels/:id': async ({ params, body, principal }) => {
    const { channel, signingKey } = await notifications.change(params.id, body, principal, principal.role);
    return { ...channel, ...(signingKey && { signing_key: signingKey.reveal() }) };
  },
  'DELETE /notification-channels/:id': ({ params, principal }) => notifications.delete(params.id, principal),
  'POST /notification-channels/:id/test': ({ params, signal }) => notifications.test(params.id, signal),
  'GET /notification-channels/weekly-digest': ({ query }) => notifications.previewDigest(query.language),
  'POST /notification-channels/:id/weekly-digest': ({ params, signal }) => notifications.sendDigest(params.id, signal),
});

export const auditLogHandlers = ({ useCases: { auditLog } }: Deps): Handlers<typeof auditLogEndpoints> => ({
  'GET /audit-log': ({ query }) => auditLog.list(query),
  'GET /audit-log/entries': ({ query }) => auditLog.inOrder(query),
  'GET /audit-log/export': async ({ query }) => ({
    name: 'lineup-audit-log.csv',
    rows: await auditLog.exported(query),
  }),
});
