/** One line a request in the log, when it is answered: what, by whom, how it ended, how long it took. */
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';

export class RequestLog extends LogController {
  constructor() {
    // As problem documents call it.
    super({ requestIdLogLabel: 'request_id' });
  }

  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const line = {
      req: request,
      res: reply,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      by: (request.principal as FastifyRequest['principal'] | null)?.id,
    };
    if (error) reply.log.error({ ...line, err: error }, 'Broke off');
    else reply.log.info(line, 'Answered');
  }
}
