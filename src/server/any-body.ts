/** Bodies that a handler gets as they came, such as those that are signed. */
import type { FastifyInstance } from 'fastify';

/** Accepts any body of at most so many bytes in `scope`. */
export function acceptAnything(scope: FastifyInstance, bodyLimit: number): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_, body, done) => done(null, body));
}
