/** Texts in the encodings of programs without UTF-8: Excel in Japan, Taiwan and Thailand. */
import { createMultibyteEncoder } from '@exodus/bytes/multi-byte.js';
import { createSinglebyteEncoder } from '@exodus/bytes/single-byte.js';

const singleByte = ['windows-874', 'windows-1252', 'windows-1251', 'koi8-r'] as const;

export function inEncoding(encoding: string, text: string): Buffer {
  if (encoding === 'utf-16le') return Buffer.from(`\ufeff${text}`, 'utf16le');
  if (encoding === 'utf-8') return Buffer.from(text);
  const single = singleByte.find((name) => name === encoding);
  return Buffer.from(single ? createSinglebyteEncoder(single)(text) : createMultibyteEncoder(encoding)(text));
}
