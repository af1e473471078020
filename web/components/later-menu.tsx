/** A menu whose code is loaded when it is first opened: every page has menus, and can be shown without them. */
import { useState } from 'react';
import { later, preload, useLater } from '../lib/later.ts';
import type { LaterMenuProps } from './menu.tsx';

const menu = later(() => import('./menu.tsx'));
export const fetchMenu = (): void => preload(menu);

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
