/**
 * Compiles the messages of `locales` when Vite loads a catalogue, so that the browser needs no parser. A language comes
 * in two parts: `web.json` has what pages show at first. `web.json?later` has the texts of parts that are loaded later,
 * and the sentences of the server.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import compile from 'icu-minify/compile';
import type { Plugin } from 'vite';
import { isLater } from './later-texts.ts';

const CATALOGUE = /[\\/]locales[\\/][\w-]+[\\/]web\.json(?:\?later)?$/;
/** Its templates are their own translation. */
const ENGLISH = /[\\/]locales[\\/]en[\\/]/;

export const messageCatalogues = (): Plugin => ({
  name: 'lineup:message-catalogues',
  // The result of a whole file is JSON again. Vite makes a module of it afterwards.
  enforce: 'pre',
  transform: {
    filter: { id: CATALOGUE },
    async handler(source, id) {
      const compiled = (messages: Record<string, string>, isWanted = (_: string) => true) =>
        Object.fromEntries(
          Object.entries(messages)
            .filter(([key]) => isWanted(key))
            .map(([key, message]): [string, unknown] => {
              try {
                return [key, compile(message)];
              } catch (error) {
                return this.error(`The message “${key}” is not valid ICU MessageFormat: ${(error as Error).message}`);
              }
            }),
        );
      const messages = JSON.parse(source) as Record<string, string>;
      if (!id.endsWith('?later')) return JSON.stringify(compiled(messages, (key) => !isLater(key)));
      const sentences = join(dirname(id), 'server.json');
      this.addWatchFile(sentences);
      const later = {
        messages: compiled(messages, isLater),
        sentences: ENGLISH.test(id) ? {} : compiled(JSON.parse(await readFile(sentences, 'utf8'))),
      };
      return { code: `export default ${JSON.stringify(later)}`, moduleType: 'js' };
    },
  },
});
