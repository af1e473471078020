/** Selected rows of a table, and the column of checkboxes that selects them. */
import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { Key } from '../i18n/messages.ts';
import { useTranslation } from '../i18n/provider.tsx';
import type { Column } from './data-table.tsx';

interface SelectableRow {
  readonly id: string;
  readonly name: string;
}

interface SelectionColumn {
  readonly label: Key;
  /** The label of a row's checkbox, about its `{name}`. */
  readonly rowLabel: 'audiences.select';
}

export function useSelection<Row extends SelectableRow>(rows: readonly Row[]) {
  const { t } = useTranslation();
  // A row that leaves the list and comes back is still selected.
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const selected = rows.filter(({ id }) => ids.has(id));
  const isSelected = ({ id }: Row) => ids.has(id);
  const clear = () => setIds(new Set());
  const toggle = (id: string) =>
    setIds((before) => new Set(before.has(id) ? [...before].filter((selected) => selected !== id) : [...before, id]));
  const column = ({ label, rowLabel }: SelectionColumn): Column<Row> => ({
    label,
    isLabelHidden: true,
    width: 36,
    className: 'selection-column',
    cell: (row) => (
      <Checkbox
        size="xs"
        aria-label={t(rowLabel, { name: row.name })}
        checked={isSelected(row)}
        onChange={() => toggle(row.id)}
      />
    ),
  });
  return { selected, isSelected, clear, column };
}
