/**
 * The table of every list, described by its columns. It is our own, over Mantine's `Table`: table libraries
 * (mantine-datatable, TanStack Table) also sort, filter and page in the browser, which the server does here, and need
 * more bytes than a page has left.
 */
import { Table, type TableProps, VisuallyHidden } from '@mantine/core';
import type { MouseEvent, Key as ReactKey, ReactNode } from 'react';
import type { Key } from '../i18n/messages.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { DamagedMark } from './damaged.tsx';

export interface Column<Row> {
  /** The text of the header. It also identifies the column. */
  readonly label: Key;
  /** Only screen readers get the label. */
  readonly isLabelHidden?: boolean;
  /** Replaces the label, for example with a button that sorts. */
  readonly header?: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  readonly sorted?: 'ascending' | 'descending' | 'none';
  readonly isNumeric?: boolean;
  /** The width of the table's card from which the column is shown (styles/tables.css). Default: every width. */
  readonly from?: 's' | 'm' | 'l' | 'xl';
  readonly width?: number;
  readonly className?: string;
}

interface DataTableProps<Row> extends Pick<TableProps, 'verticalSpacing' | 'horizontalSpacing' | 'aria-label'> {
  /** `false` leaves a column out, for example when the person may not do what it offers. */
  readonly columns: readonly (Column<Row> | false)[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => ReactKey;
  readonly isSelected?: (row: Row) => boolean;
  /** A click anywhere on a row follows its link of the class `row-link`. The keyboard reaches only the link. */
  readonly hasLinkRows?: boolean;
  readonly isHeadless?: boolean;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, rowKey, isSelected, hasLinkRows, isHeadless, ...table } = props;
  const { t } = useTranslation();
  const shown = columns.filter((column) => column !== false);
  // The column of checkboxes has no room for words.
  const marked = shown.find(({ width }) => width === undefined)?.label;
  return (
    <Table {...table}>
      {!isHeadless && (
        <Table.Thead>
          <Table.Tr>
            {shown.map(({ label, isLabelHidden, header = t(label), ...column }) => (
              <Table.Th key={label} className={classOf(column)} w={column.width} aria-sort={column.sorted}>
                {isLabelHidden ? <VisuallyHidden>{header}</VisuallyHidden> : header}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
      )}
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={rowKey(row)} data-selected={isSelected?.(row) || undefined} {...(hasLinkRows && linkRow)}>
            {shown.map(({ label, cell, ...column }) => (
              <Table.Td key={label} className={classOf(column)} w={column.width}>
                {cell(row)}
                {label === marked && <DamagedMark row={row} />}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const classOf = ({ className, from, isNumeric }: Omit<Column<never>, 'label' | 'cell'>): string =>
  [className, from && `from-${from}`, isNumeric && 'numbers'].filter(Boolean).join(' ');

const MIDDLE = 1;

export const linkRow = {
  className: 'link-row',
  onClick: followLink,
  onAuxClick: (event: MouseEvent<HTMLElement>) => event.button === MIDDLE && followLink(event),
  // Otherwise the browser starts to scroll with the pointer.
  onMouseDown: (event: MouseEvent) => event.button === MIDDLE && event.preventDefault(),
};

function followLink(event: MouseEvent<HTMLElement>): void {
  const link = event.currentTarget.querySelector<HTMLAnchorElement>('a.row-link');
  const hasOwnAction = (event.target as Element).closest('a, button, input, label');
  // A person who selects text wants the text.
  const selection = getSelection();
  const selectsText = selection?.isCollapsed === false && selection.containsNode(event.currentTarget, true);
  if (!link || hasOwnAction || selectsText) return;
  if (event.button === MIDDLE || event.ctrlKey || event.metaKey) window.open(link.href, '_blank', 'noopener');
  else link.click();
}
