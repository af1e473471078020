/** Where toasts stand. What they need comes after the page, or with the first one. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { afterFirstLoad } from '../lib/first-load.ts';

const Toasts = lazy(() => import('./toasts.tsx'));

let open: () => void = () => {};
export const openCorner = (): void => open();

export function Corner() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    open = () => setWanted(true);
    return afterFirstLoad(open);
  }, []);
  return (
    wanted && (
      <Suspense>
        <Toasts />
      </Suspense>
    )
  );
}
