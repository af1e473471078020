/** The place of toasts. Their code is loaded after the page, or with the first toast. */
import { useEffect, useState } from 'react';
import { afterFirstLoad, later } from '../lib/later.ts';

const toasts = later(() => import('./toasts.tsx'));

let open: () => void = () => {};
export const openCorner = (): void => open();

export function Corner() {
  const [part, show] = useState(toasts.part);
  useEffect(() => {
    // The server may be away. The page does not need its corner, and the next toast tries again.
    open = () => void toasts.fetch().then(show, () => {});
    return afterFirstLoad(open);
  }, []);
  return part && <part.Toasts />;
}
