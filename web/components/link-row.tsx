/** A row of a table that leads where its `row-link` does, wherever it is clicked. The link alone is reached by keyboard. */
import { Table } from '@mantine/core';
import type { MouseEvent, ReactNode } from 'react';

const MIDDLE = 1;

export function LinkRow({ selected, children }: { selected?: boolean; children: ReactNode }) {
  return (
    <Table.Tr
      className="link-row"
      data-selected={selected || undefined}
      onClick={follow}
      onAuxClick={(event) => event.button === MIDDLE && follow(event)}
      // Else the browser begins to scroll with the pointer.
      onMouseDown={(event) => event.button === MIDDLE && event.preventDefault()}
    >
      {children}
    </Table.Tr>
  );
}

function follow(event: MouseEvent<HTMLTableRowElement>): void {
  const link = event.currentTarget.querySelector<HTMLAnchorElement>('a.row-link');
  const isOfItsOwn = (event.target as Element).closest('a, button, input, label');
  // Whoever marks text wants the text.
  const selection = getSelection();
  const marksText = selection?.isCollapsed === false && selection.containsNode(event.currentTarget, true);
  if (!link || isOfItsOwn || marksText) return;
  if (event.button === MIDDLE || event.ctrlKey || event.metaKey) window.open(link.href, '_blank', 'noopener');
  else link.click();
}
