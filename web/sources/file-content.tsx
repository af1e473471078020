/** What of a file is read, and how: its sheet, and its format. */
import type { FileOptions } from '../../src/domain/files/file-options.ts';
import { FileFormat } from './file-format.tsx';
import type { FileFormatProps } from './file-format-choices.tsx';
import type { ReadSource } from './read-source.ts';
import { SheetSelect } from './sheet-select.tsx';

interface FileContentProps extends Pick<FileFormatProps, 'options' | 'option' | 'sample'> {
  readonly file: string;
  readonly source: ReadSource;
  /** Another sheet of the same workbook. */
  readonly onSheet: (id: string) => void;
  readonly onOptions: (options: FileOptions) => void;
}

export function FileContent({ file, source, onSheet, onOptions, ...format }: FileContentProps) {
  return (
    <>
      <SheetSelect value={file} sheets={source.file?.sheets ?? []} onChange={onSheet} />
      {source.hasOptions && (
        <FileFormat reading={source.file} fields={source.fields} onChange={onOptions} {...format} />
      )}
    </>
  );
}
