/** Who changed what. */
import type { auditLogEndpoints } from '../../endpoints/audit-log.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

export const auditLogHandlers = ({ useCases: { auditLog } }: Deps): Handlers<typeof auditLogEndpoints> => ({
  'GET /audit-log': ({ query }) => auditLog.list(query),
  'GET /audit-log/export': async ({ query }) => ({
    name: 'lineup-audit-log.csv',
    text: await auditLog.exported(query),
  }),
});
