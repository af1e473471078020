/** Which sheet of a workbook is exported. */

import { splitSheet } from '../../src/domain/files/file-names.ts';
import { Select } from '../components/select.tsx';
import { useTranslation } from '../i18n/provider.tsx';

interface SheetSelectProps {
  /** The workbook, with `#` and a sheet's name where one was chosen. */
  readonly value: string;
  readonly sheets: readonly string[];
  readonly onChange: (id: string) => void;
}

export function SheetSelect({ value, sheets, onChange }: SheetSelectProps) {
  const { t } = useTranslation();
  const { file, sheet } = splitSheet(value);
  // A hidden one can be named all the same.
  const all = sheet === undefined || sheets.includes(sheet) ? sheets : [sheet, ...sheets];
  // Of other names `#` is a part.
  const isTaken = splitSheet(`${file}#1`).sheet !== undefined;
  if (all.length < 2 || !isTaken) return null;
  const named = (name: string) => (/^https?:/i.test(file) ? encodeURIComponent(name) : name);
  return (
    <Select
      label={t('form.sheet')}
      allowDeselect={false}
      data={[...new Set(all)]}
      value={sheet ?? sheets[0] ?? null}
      onChange={(name) => name && onChange(`${file}#${named(name)}`)}
    />
  );
}
