/** How a text file is read. */
import { z } from 'zod';
import { fileDelimiters, fileEncodings } from './file-names.ts';

/** How to read a text file. Without a value, Lineup detects it from the file. */
export const fileOptions = z.strictObject({
  encoding: z.enum(fileEncodings).optional(),
  delimiter: z.enum(fileDelimiters).optional(),
  /** Whether the first row holds the names of the columns. */
  header: z.enum(['yes', 'no']).optional(),
});
export type FileOptions = z.infer<typeof fileOptions>;

/** A key that is equal for equal options; empty without any option. */
export const fileOptionsKey = ({ encoding, delimiter, header }: FileOptions = {}): string =>
  [encoding, delimiter, header].every((option) => option === undefined)
    ? ''
    : [encoding, delimiter, header].map((option) => option ?? 'auto').join(' ');
