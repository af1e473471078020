/** What a reader of a page or a message gets of codes of the system, and of files whose names may be personal. */
import compile from 'icu-minify/compile';
import { expect, test } from 'vitest';
import { hasSystemCode, meaningOf } from '../../src/domain/errors/system-codes.ts';
import { languageCode } from '../../src/domain/text/localized.ts';
import { asSentence, inEnglish, type Sentence, sentence, UPLOADED_FILE } from '../../src/domain/text/sentence.ts';
import { translator } from '../../src/i18n/translator.ts';
import { catalogue } from '../support/catalogues.ts';

const inLanguage = (language: (typeof languageCode.options)[number]) => {
  const translations = catalogue(language, 'server');
  return translator((template) => (translations[template] ? compile(translations[template]) : undefined), language);
};

const refused = 'ECONNREFUSED';
const failures: readonly Sentence[] = [
  sentence`LINE could not be reached: ${asSentence('the connection was refused')} (${refused}).`,
  sentence`The connection failed: ${meaningOf(refused)} (${refused}).`,
  sentence`BigQuery could not be reached, or the connection was lost (${'UND_ERR_SOCKET'}). Try again later.`,
  sentence`${'/exports/a.csv'} cannot be read (${'EIO'}).`,
  sentence`Lineup could not send it (${'Error, EPIPE'}).`,
];

test.each(languageCode.options)('in %s no code of the system reaches a reader', (language) => {
  for (const failure of failures) {
    expect(hasSystemCode(inEnglish(failure)), 'programs and the log get it').toBe(true);
    const read = inLanguage(language)(failure);
    expect(read).not.toMatch(/E[A-Z]{3,}|UND_ERR|EIO|[(（]/);
  }
});

test('what is no code of the system stays', () => {
  const read = inLanguage('en');
  const facts = 'TypeError, ERASED';
  expect(read(sentence`Lineup has an internal error (${facts}). Please report it.`)).toContain(`(${facts})`);
  expect(read(sentence`The audience (${'EUROPE'}) is gone.`)).toBe('The audience (EUROPE) is gone.');
});

test.each([
  ['en', 'The uploaded file'],
  ['ja', 'アップロードしたファイル'],
  ['zh-TW', '上傳的檔案'],
  ['th', 'ไฟล์ที่อัปโหลด'],
  ['id', 'File yang diunggah'],
] as const)('in %s an uploaded file is called so', (language, name) => {
  const read = inLanguage(language)(sentence`${UPLOADED_FILE} is not a Parquet file, or is cut off.`);
  expect(read.startsWith(name), read).toBe(true);
});
