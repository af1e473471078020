/** Use cases of the audit log. */
import type { AuditLog } from '../contracts/service.ts';
import { listAudit, recordAudit } from '../store/audit-log.ts';
import type { ServiceDeps } from './deps.ts';
import { numberedPage } from './numbered-page.ts';

export function auditLogService({ db, now }: ServiceDeps): AuditLog {
  return {
    list: ({ subject, ...page }) =>
      numberedPage(
        page,
        (limit, before) => listAudit(db, { limit, before, subject }),
        (entry) => entry.id,
      ),
    record: (actor, entry) => db.transaction().execute((tx) => recordAudit(tx, actor, entry, now())),
  };
}
