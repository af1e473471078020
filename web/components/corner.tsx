/** The place of toasts. Their code is loaded after the page, or with the first toast. */
import { useEffect, useState } from 'react';
import { afterFirstLoad, later, useLater } from '../lib/later.ts';

const toasts = later(() => import('./toasts.tsx'));

let open: () => void = () => {};
export const openCorner = (): void => open();

export function Corner() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    open = () => setWanted(true);
    return afterFirstLoad(open);
  }, []);
  const part = useLater(toasts, wanted);
  return part && <part.Toasts />;
}
