/** A word explained where it stands: a small "?" that opens a short text, by mouse, keyboard and touch. */
import { ActionIcon, Popover, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useSpeech } from '../i18n/provider.tsx';

interface HelpProps {
  /** The word that is explained; with it the button tells its purpose. */
  readonly label: string;
  readonly children: ReactNode;
}

/** The focus goes into the text and, with Escape, Tab or another press, back to the button. */
export function Help({ label, children }: HelpProps) {
  const { t } = useSpeech();
  const [opened, { close, toggle }] = useDisclosure();
  return (
    <Popover
      opened={opened}
      onDismiss={close}
      width={300}
      position="bottom"
      shadow="md"
      withArrow
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <ActionIcon
          className="help"
          variant="default"
          size={24}
          radius="xl"
          aria-label={t('help.about', { what: label })}
          onClick={toggle}
        >
          ?
        </ActionIcon>
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
