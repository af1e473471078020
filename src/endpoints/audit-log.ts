/** The audit log: who changed what. */
import { auditFilter, MAX_EXPORTED, shownAuditEntry } from '../contracts/audit.ts';
import { pageOf, pageQuery } from '../contracts/paging.ts';
import { csv, endpoint, ok } from './endpoint.ts';

const read = { tag: 'Audit log', access: 'audit_log.read' } as const;

export const auditLogEndpoints = {
  'GET /audit-log': endpoint({
    ...read,
    operationId: 'listAuditLog',
    summary: 'List who changed what, newest first',
    query: pageQuery.extend(auditFilter.shape),
    response: ok(pageOf(shownAuditEntry)),
  }),
  'GET /audit-log/export': endpoint({
    ...read,
    operationId: 'exportAuditLog',
    summary: `Download the newest ${MAX_EXPORTED.toLocaleString('en-US')} entries that fit, as CSV`,
    query: auditFilter,
    response: csv(),
  }),
};
