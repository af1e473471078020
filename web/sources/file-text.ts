/** Describes how a file is read. */

import type { FileReading } from '../../src/contracts/sources.ts';
import type { fileEncodings } from '../../src/domain/files/file-names.ts';
import type { FileOptions } from '../../src/domain/files/file-options.ts';
import { useTranslation } from '../i18n/provider.tsx';

/** Encodings as other programs name them, with the languages that use them. */
const encodings: Readonly<Record<(typeof fileEncodings)[number], readonly [name: string, language?: string]>> = {
  'utf-8': ['UTF-8'],
  shift_jis: ['Shift_JIS', 'ja'],
  'euc-jp': ['EUC-JP', 'ja'],
  'iso-2022-jp': ['ISO-2022-JP', 'ja'],
  big5: ['Big5', 'zh-Hant'],
  gb18030: ['GB18030', 'zh-Hans'],
  'euc-kr': ['EUC-KR', 'ko'],
  'windows-874': ['Windows-874 / TIS-620', 'th'],
  'windows-1252': ['Windows-1252'],
  'utf-16le': ['UTF-16LE'],
  'utf-16be': ['UTF-16BE'],
};

export function encodingName(encoding: string, language?: string): string {
  const [name, written] = Object.hasOwn(encodings, encoding)
    ? encodings[encoding as keyof typeof encodings]
    : [encoding];
  if (language === undefined || written === undefined) return name;
  return `${name} · ${new Intl.DisplayNames(language, { type: 'language' }).of(written) ?? written}`;
}

type Words = { readonly [key in keyof FileOptions]?: string | boolean | null };

/** The facts, with commas: `Shift_JIS, Comma (,), …` */
export function useReadingText(): (read: Words | FileReading) => string {
  const { t, tIfKnown } = useTranslation();
  return ({ encoding, delimiter, header }) => {
    const isNamed = header === true || header === 'yes';
    return [
      encoding && encodingName(String(encoding)),
      delimiter && tIfKnown(`delimiter.${delimiter}`, String(delimiter)),
      header != null && t(isNamed ? 'header.yes' : 'header.no'),
    ]
      .filter(Boolean)
      .join(' · ');
  };
}
