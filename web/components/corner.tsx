/** Where toasts stand. What they need comes after the page, or with the first one. */
import { useEffect, useState } from 'react';
import { afterFirstLoad } from '../lib/first-load.ts';
import { later, useLater } from '../lib/later.ts';

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
