/** Compiles the messages of `locales` when Vite loads a catalogue, so that the browser needs no parser. */
import compile from 'icu-minify/compile';
import type { Plugin } from 'vite';

const CATALOGUE = /[\\/]locales[\\/][\w-]+[\\/](?:web|server)\.json$/;

export const messageCatalogues = (): Plugin => ({
  name: 'lineup:message-catalogues',
  // The result is JSON again. Vite makes a module of it afterwards.
  enforce: 'pre',
  transform: {
    filter: { id: CATALOGUE },
    handler(source) {
      const messages = JSON.parse(source) as Record<string, string>;
      const compiled = Object.entries(messages).map(([key, message]) => {
        try {
          return [key, compile(message)];
        } catch (error) {
          return this.error(`The message “${key}” is not valid ICU MessageFormat: ${(error as Error).message}`);
        }
      });
      return JSON.stringify(Object.fromEntries(compiled));
    },
  },
});
