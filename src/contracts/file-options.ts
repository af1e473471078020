/** How a text file is to be read, where that is not left to what the file tells. */
import { z } from 'zod';
import { fileDelimiters, fileEncodings } from './file-choices.ts';

/** Left out: what the file tells. */
export const fileOptions = z.strictObject({
  encoding: z.enum(fileEncodings).optional(),
  delimiter: z.enum(fileDelimiters).optional(),
  /** Whether the first row holds the names of the columns. */
  header: z.enum(['yes', 'no']).optional(),
});
export type FileOptions = z.infer<typeof fileOptions>;

/** The same text for all options that read a file in the same way; empty where all is left to the file. */
export const fileOptionsKey = ({ encoding, delimiter, header }: FileOptions = {}): string =>
  [encoding, delimiter, header].every((one) => one === undefined)
    ? ''
    : [encoding, delimiter, header].map((one) => one ?? 'auto').join(' ');

/** How a file was read: what was chosen, and what it told. Null where that says nothing of it. */
export const fileReading = z.object({
  /** `csv`, `tsv`, `xlsx`, `ndjson`, `parquet` or `lines`. */
  format: z.string(),
  encoding: z.string().nullable(),
  delimiter: z.enum(fileDelimiters).nullable(),
  /** Whether the first row holds the names of the columns. */
  header: z.boolean().nullable(),
  /** The sheets of a workbook that are shown, in their order; the first hundred. */
  sheets: z.array(z.string()).readonly(),
});
export type FileReading = z.infer<typeof fileReading>;
