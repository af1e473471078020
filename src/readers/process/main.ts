/** A reader: a process of its own that opens the service's sources, one after another. */
import { providerOf } from './providers.ts';
import { serveReader } from './serve.ts';

serveReader({
  providerOf,
  examine: async (...asked) => (await import('../files/uploads.ts')).examine(...asked),
});
