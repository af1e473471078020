/** Who changed what. */
import { z } from 'zod';
import { auditFilter, MOST_EXPORTED, shownAuditEntry } from '../../contracts/audit.ts';
import { pageOf, pageQuery } from '../../contracts/page.ts';
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
        querystring: pageQuery.extend(auditFilter.shape),
        response: { 200: pageOf(shownAuditEntry) },
      },
    },
    ({ query }) => service.auditLog.list(query),
  );

  app.get(
    '/audit-log/export',
    {
      config: { access: 'audit_log.read' },
      schema: {
        operationId: 'exportAuditLog',
        tags: ['Audit log'],
        summary: `Download the newest ${MOST_EXPORTED.toLocaleString('en-US')} entries that fit, as CSV`,
        querystring: auditFilter,
        produces: ['text/csv'],
        response: { 200: z.string().describe('A table with a header; no cell is read as a formula.') },
      },
    },
    async ({ query }, reply) => {
      const table = await service.auditLog.exported(query);
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="lineup-audit-log.csv"')
        .header('cache-control', 'no-store')
        .serializer((text: string) => text);
      return table;
    },
  );
}
