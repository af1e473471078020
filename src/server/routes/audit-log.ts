/** Who changed what. */
import { z } from 'zod';
import { knownId } from '../../contracts/bounds.ts';
import { pageOf, pageQuery } from '../../contracts/page.ts';
import { auditEntry } from '../../contracts/people.ts';
import type { App, Deps } from './routes.ts';

export function auditLogRoutes(app: App, { service }: Deps): void {
  app.get(
    '/audit-log',
    {
      config: { access: 'audit_log.read' },
      schema: {
        operationId: 'listAuditLog',
        tags: ['Audit log'],
        summary: 'List who changed what, newest first',
        querystring: pageQuery.extend({
          subject_type: z.string().max(100).optional(),
          subject_id: knownId.optional(),
        }),
        response: { 200: pageOf(auditEntry) },
      },
    },
    ({ query: { subject_type, subject_id, ...page } }) =>
      service.auditLog.list({
        ...page,
        subject:
          subject_type !== undefined && subject_id !== undefined
            ? { type: subject_type, id: subject_id }
            : undefined,
      }),
  );
}
