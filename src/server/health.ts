/** For load balancers and supervisors: `/health` means that the process answers, `/ready` that it can work. */
import { z } from 'zod';
import { readinessCheck } from '../contracts/status.ts';
import type { App, Deps } from './handler.ts';

const tags = ['Health'];
const readiness = z.object({ ready: z.boolean(), checks: z.array(readinessCheck).readonly() });

export function healthRoutes(app: App, { useCases, stopping }: Deps): void {
  app.get(
    '/health',
    {
      config: { access: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'getHealth',
        tags,
        summary: 'Tell that the process answers',
        response: { 200: z.object({ ok: z.literal(true) }) },
      },
    },
    () => ({ ok: true as const }),
  );

  app.get(
    '/ready',
    {
      config: { access: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'getReadiness',
        tags,
        summary: 'Tell whether requests can be served',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_, reply) => {
      const checks = await useCases.status.ready();
      const ready = !stopping.aborted && checks.every(({ ok }) => ok);
      reply.code(ready ? 200 : 503);
      return { ready, checks };
    },
  );
}
