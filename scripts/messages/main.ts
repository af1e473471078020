/**
 * npm run messages: updates the catalogues of the server’s sentences from the source code. English, which translators
 * work from, gets every template. The other languages get the same order, and lose unused sentences. Missing
 * translations stay missing, for a translator to add.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type LanguageCode, languageCode } from '../../src/domain/text/localized.ts';
import { readSource, templatesOf } from './templates.ts';

const locales = resolve(import.meta.dirname, '../../locales');
const fileOf = (language: LanguageCode): string => join(locales, language, 'server.json');

const templates = templatesOf(readSource());
for (const language of languageCode.options) {
  const known: Readonly<Record<string, string>> =
    language === 'en'
      ? Object.fromEntries(templates.map((template) => [template, template]))
      : JSON.parse(readFileSync(fileOf(language), 'utf8'));
  const kept = templates.filter((template) => Object.hasOwn(known, template));
  const catalogue = Object.fromEntries(kept.map((template) => [template, known[template]]));
  writeFileSync(fileOf(language), `${JSON.stringify(catalogue, null, 2)}\n`);
  const missing = templates.length - kept.length;
  process.stdout.write(`${fileOf(language)}: ${kept.length} sentences, ${missing} to translate\n`);
}
