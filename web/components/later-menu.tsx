/** A menu whose library comes with its first opening: every page has some, and is there without them. */
import {
  type ButtonHTMLAttributes,
  lazy,
  type ReactElement,
  type RefAttributes,
  Suspense,
  useState,
} from 'react';
import type { MenuItem, MenuPlace } from './menu.tsx';

const openMenu = () => import('./menu.tsx');
const OpenMenu = lazy(openMenu);

/** Has it here before somebody wants it, and the server is perhaps away. */
export const fetchMenu = (): void => void openMenu().catch(() => {});

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & RefAttributes<HTMLButtonElement>;

export interface LaterMenuProps extends MenuPlace {
  readonly items: readonly MenuItem[];
  /** What opens it. */
  readonly button: (props: ButtonProps) => ReactElement;
}

export function LaterMenu(props: LaterMenuProps) {
  const [wanted, setWanted] = useState(false);
  const closed = props.button({
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onClick: () => setWanted(true),
  });
  return wanted ? (
    <Suspense fallback={closed}>
      <OpenMenu {...props} />
    </Suspense>
  ) : (
    closed
  );
}
