/**
 * A place on the page to drop a file on. (Libraries for it weigh more than the page's whole form: what a page loads is
 * bounded.)
 */
import { type DragEvent, useState } from 'react';

const holdsFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer.types.includes('Files');

/** @param onDrop undefined while nothing can be taken */
export function useDrop(onDrop: ((files: readonly File[]) => void) | undefined) {
  const [isOver, setIsOver] = useState(false);
  const over = (event: DragEvent) => {
    if (!holdsFiles(event)) return;
    // Else the browser would open the file in place of the page.
    event.preventDefault();
    event.dataTransfer.dropEffect = onDrop ? 'copy' : 'none';
    setIsOver(onDrop !== undefined);
  };
  return {
    isOver,
    handlers: {
      onDragEnter: over,
      onDragOver: over,
      onDragLeave: ({ currentTarget, relatedTarget }: DragEvent) => {
        // Onto something within it is no leaving.
        if (!currentTarget.contains(relatedTarget as Node | null)) setIsOver(false);
      },
      onDrop: (event: DragEvent) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setIsOver(false);
        onDrop?.([...event.dataTransfer.files]);
      },
    },
  };
}
