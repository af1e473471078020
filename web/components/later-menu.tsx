/** A menu whose library comes with its first opening: every page has some, and is there without them. */
import { useState } from 'react';
import { later, prepare, useLater } from '../lib/later.ts';
import type { LaterMenuProps } from './menu.tsx';

const menu = later(() => import('./menu.tsx'));
export const fetchMenu = (): void => prepare(menu);

export function LaterMenu(props: LaterMenuProps) {
  const [wanted, setWanted] = useState(false);
  const part = useLater(menu, wanted);
  if (part) return <part.OpenMenu {...props} />;
  return props.button({
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onClick: () => setWanted(true),
  });
}
