/** The menu of `LaterMenu`, open from the start. */
import { Menu, type MenuProps } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import {
  type ButtonHTMLAttributes,
  type ComponentProps,
  Fragment,
  type ReactElement,
  type ReactNode,
  type RefAttributes,
  useRef,
} from 'react';

export interface MenuItem {
  readonly key: string;
  readonly label: ReactNode;
  /** The page that it opens; otherwise `onClick` says what it does. */
  readonly to?: Pick<LinkProps, 'to' | 'search'>;
  readonly onClick?: () => void;
  /** A file that it downloads, and the name of the file. */
  readonly download?: { readonly href: string; readonly name: string };
  /** The language of the label, where it differs from that of the page. */
  readonly lang?: string;
  /** For a list of choices: whether this one is chosen. */
  readonly current?: boolean;
  /** It destroys something. */
  readonly isDangerous?: boolean;
  /** Why it cannot be chosen now. It stays in the menu, and says so. */
  readonly refusal?: string | undefined;
  /** A line separates it from the item before. */
  readonly isSeparated?: boolean;
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & RefAttributes<HTMLButtonElement>;

export interface LaterMenuProps extends Pick<MenuProps, 'position' | 'width'> {
  readonly items: readonly MenuItem[];
  /** The button that opens the menu. */
  readonly button: (props: ButtonProps) => ReactElement;
}

export function OpenMenu({ items, button, ...place }: LaterMenuProps) {
  const opener = useRef<HTMLButtonElement>(null);
  // This button replaced the button that had the focus.
  const giveFocusBack = () => {
    if (document.activeElement === document.body) opener.current?.focus();
  };
  return (
    <Menu {...place} defaultOpened onClose={() => setTimeout(giveFocusBack)}>
      <Menu.Target>{button({ ref: opener })}</Menu.Target>
      <Menu.Dropdown>
        {items.map(({ key, label, to, onClick, download, lang, current, isDangerous, refusal, isSeparated }) => (
          <Fragment key={key}>
            {isSeparated && <Menu.Divider />}
            <Menu.Item
              c={isDangerous && !refusal ? 'var(--mantine-color-error)' : undefined}
              data-disabled={refusal ? true : undefined}
              aria-disabled={refusal ? true : undefined}
              closeMenuOnClick={!refusal}
              lang={lang}
              fw={current ? 650 : undefined}
              aria-current={current}
              onClick={refusal ? undefined : onClick}
              renderRoot={rootOf(to, download)}
            >
              {label}
              {refusal && <span className="refusal">{refusal}</span>}
            </Menu.Item>
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function rootOf(to: MenuItem['to'], download: MenuItem['download']) {
  if (download) {
    return (props: ComponentProps<'a'>) => <a href={download.href} download={download.name} {...props} />;
  }
  return to === undefined ? undefined : (props: object) => <Link {...to} {...props} />;
}
