/**
 * The text of `Help`, open from the start. It takes the focus, and returns it to the button on Escape, Tab or another
 * press.
 */
import { Popover, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ComponentType, type ReactNode, type RefAttributes, useRef } from 'react';

export interface HelpProps {
  /** The term that is explained. It is part of the button's label. */
  readonly label: string;
  readonly children: ReactNode;
}

type Button = ComponentType<{ label: string; onClick: () => void } & RefAttributes<HTMLButtonElement>>;

export function HelpText({ label, children, button: HelpButton }: HelpProps & { readonly button: Button }) {
  const [opened, { close, toggle }] = useDisclosure(true);
  const button = useRef<HTMLButtonElement>(null);
  // This button replaced the button that had the focus.
  const giveFocusBack = () => {
    if (document.activeElement === document.body) button.current?.focus();
  };
  return (
    <Popover
      opened={opened}
      onDismiss={close}
      onClose={() => setTimeout(giveFocusBack)}
      width={300}
      position="bottom"
      shadow="md"
      withArrow
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <HelpButton ref={button} label={label} onClick={toggle} />
      </Popover.Target>
      <Popover.Dropdown className="help-text" onKeyDown={({ key }) => key === 'Tab' && close()}>
        <div data-autofocus tabIndex={-1}>
          <Text fz="sm" fw={600} mb={2}>
            {label}
          </Text>
          <Text fz="sm" component="div">
            {children}
          </Text>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
