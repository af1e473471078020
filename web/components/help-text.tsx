/** The text of `Help`: it comes open. The focus goes into it and, with Escape, Tab or another press, back to the button. */
import { Popover, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ComponentType, type ReactNode, type RefAttributes, useRef } from 'react';

export interface HelpProps {
  /** The word that is explained; with it the button tells its purpose. */
  readonly label: string;
  readonly children: ReactNode;
}

type Button = ComponentType<{ label: string; onClick: () => void } & RefAttributes<HTMLButtonElement>>;

export function HelpText({ label, children, button: HelpButton }: HelpProps & { readonly button: Button }) {
  const [opened, { close, toggle }] = useDisclosure(true);
  const button = useRef<HTMLButtonElement>(null);
  // The button that had the focus at first made room for this one.
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
