/** The flags of how the file of a saved source is read. */
import type { Command } from 'commander';
import { fileDelimiters, fileEncodings } from '../domain/files/file-names.ts';
import type { FileOptions } from '../domain/files/file-options.ts';
import { oneOf } from './options.ts';

type Choice<Key extends keyof FileOptions> = NonNullable<FileOptions[Key]> | 'auto';

export interface FileFlags {
  /** The source audience. */
  audience?: string;
  encoding?: Choice<'encoding'>;
  delimiter?: Choice<'delimiter'>;
  header?: Choice<'header'>;
}

export const fileReadingOptions = (command: Command): Command =>
  command
    .option(
      '--encoding <name>',
      `encoding of a file: auto, ${fileEncodings.join(', ')}`,
      oneOf('--encoding', ['auto', ...fileEncodings]),
    )
    .option(
      '--delimiter <name>',
      'delimiter of a file: auto, comma, tab, semicolon or pipe',
      oneOf('--delimiter', ['auto', ...fileDelimiters]),
    )
    .option(
      '--header <yes or no>',
      'whether the first row of a file has the column names: auto, yes or no',
      oneOf('--header', ['auto', 'yes', 'no']),
    );

/**
 * A new file starts with no options: the format is detected unless flags say it.
 * @param before those of what is edited
 * @returns no key without such flags; undefined options when everything is detected
 */
export function fileOptionsOf(
  { audience, encoding, delimiter, header }: FileFlags,
  before: FileOptions | undefined,
): { file_options?: FileOptions | undefined } {
  const given = Object.entries({ encoding, delimiter, header }).filter(([, value]) => value !== undefined);
  if (given.length === 0 && audience === undefined) return {};
  const all: { [Key in keyof FileOptions]?: Choice<Key> } = {
    ...(audience === undefined && before),
    ...Object.fromEntries(given),
  };
  const chosen = Object.entries(all).filter(([, value]) => value !== 'auto');
  return { file_options: chosen.length === 0 ? undefined : Object.fromEntries(chosen) };
}
