/** `lineup fields`: the fields of a source, and a preview. */
import { Command } from 'commander';
import { readConfig } from '../config/config.ts';
import type { FileDelimiter } from '../domain/files/file-names.ts';
import { inEnglish } from '../domain/text/sentence.ts';
import { withAdviceOnFailure } from './advice.ts';
import { fileOptions, SOURCE, wholeNumber } from './options.ts';
import { print, printJson, printWarning, table } from './output.ts';
import { interruptible } from './terminal.ts';

interface Flags {
  source: string;
  format?: string;
  encoding?: string;
  delimiter?: FileDelimiter;
  header?: 'yes' | 'no';
  field?: string;
  rows: number;
  json?: boolean;
}

export function fieldsCommand(): Command {
  const command = new Command('fields')
    .description(
      'Shows the fields of a source with their types. With --field, also shows its first values, masked to hide the identifiers.',
    )
    .requiredOption('--source <path>', SOURCE)
    .option('--field <name>', 'preview this field')
    .option('--rows <n>', 'how many members to preview', wholeNumber('--rows', 1, 100), 10);
  return fileOptions(command)
    .option('--json', 'print JSON')
    .action((flags: Flags) => interruptible((signal) => withAdviceOnFailure(() => show(flags, signal))));
}

async function show({ field, rows, json, ...where }: Flags, signal: AbortSignal): Promise<void> {
  const { openSource } = await import('../compose/open-source.ts');
  const source = await openSource(where, (await readConfig()).variable, signal);
  try {
    const fields = await source.fields(signal);
    const preview = field === undefined ? undefined : await source.preview(field, rows, signal);
    const notice = source.notice && inEnglish(source.notice);
    if (json) return printJson({ source: source.label, fields, preview, notice, reading: source.reading });
    if (notice !== undefined) printWarning(notice);
    print(
      table(
        [{ title: 'Field' }, { title: 'Type' }, { title: '' }],
        fields.map(({ name, type, list }) => [name, type, list ? 'several values per member' : remark(type)]),
      ),
    );
    if (!preview) return;
    print('');
    print(
      table(
        [{ title: 'Row', right: true }, { title: `${field}, masked` }],
        preview.map(({ row, values }) => [String(row), values.join(', ')]),
      ),
    );
  } finally {
    await source.close();
  }
}

/** A warning for a column of a workbook with numeric cells: they lose the zeros and the + of phone numbers. */
const remark = (type: string): string => (type === 'NUMBER' ? 'numbers: leading zeros and + are lost' : '');
