/** The menu of `LaterMenu`: it comes open. */
import { Menu, type MenuProps } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import {
  type ButtonHTMLAttributes,
  type ComponentProps,
  type ReactElement,
  type ReactNode,
  type RefAttributes,
  useRef,
} from 'react';

export interface MenuItem {
  readonly key: string;
  readonly label: ReactNode;
  /** Where it leads, or what it does. */
  readonly to?: LinkProps['to'];
  readonly onClick?: () => void;
  /** A file that it fetches, and its name. */
  readonly download?: { readonly href: string; readonly name: string };
  /** The language of its label, where that is another one. */
  readonly lang?: string;
  /** Of a choice: whether this one is chosen. */
  readonly current?: boolean;
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & RefAttributes<HTMLButtonElement>;

export interface LaterMenuProps extends Pick<MenuProps, 'position' | 'width'> {
  readonly items: readonly MenuItem[];
  /** What opens it. */
  readonly button: (props: ButtonProps) => ReactElement;
}

export function OpenMenu({ items, button, ...place }: LaterMenuProps) {
  const opener = useRef<HTMLButtonElement>(null);
  // The button that had the focus made room for this one.
  const giveFocusBack = () => {
    if (document.activeElement === document.body) opener.current?.focus();
  };
  return (
    <Menu {...place} defaultOpened onClose={() => setTimeout(giveFocusBack)}>
      <Menu.Target>{button({ ref: opener })}</Menu.Target>
      <Menu.Dropdown>
        {items.map(({ key, label, to, onClick, download, lang, current }) => (
          <Menu.Item
            key={key}
            lang={lang}
            fw={current ? 650 : undefined}
            aria-current={current}
            onClick={onClick}
            renderRoot={rootOf(to, download)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function rootOf(to: MenuItem['to'], download: MenuItem['download']) {
  if (download) {
    return (props: ComponentProps<'a'>) => <a href={download.href} download={download.name} {...props} />;
  }
  return to === undefined ? undefined : (props: object) => <Link to={to} {...props} />;
}
