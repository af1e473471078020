/**
 * The entry point of a reader process: it opens sources for the service, one after the other. Small, for a quick start.
 */
import { providerOf } from './providers.ts';
import { serveReader } from './serve.ts';

serveReader({
  providerOf,
  examine: async (...asked) => (await import('../files/uploads.ts')).examine(...asked),
});
