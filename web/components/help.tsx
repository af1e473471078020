/** Explains a term where it stands: a small "?" opens a short text, by mouse, keyboard and touch. */
import { ActionIcon } from '@mantine/core';
import { type RefAttributes, useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { later, preload, useLater } from '../lib/later.ts';
import type { HelpProps } from './help-text.tsx';

/** Loaded when it is first opened, because the library that positions it is large. */
const text = later(() => import('./help-text.tsx'));

export function Help(props: HelpProps) {
  const [wanted, setWanted] = useState(false);
  const part = useLater(text, wanted);
  if (part) return <part.HelpText {...props} button={HelpButton} />;
  return (
    <HelpButton label={props.label} expanded={false} onPrepare={() => preload(text)} onClick={() => setWanted(true)} />
  );
}

interface HelpButtonProps extends RefAttributes<HTMLButtonElement> {
  readonly label: string;
  readonly expanded?: boolean;
  /** Called when a person is about to press the button. */
  readonly onPrepare?: () => void;
  readonly onClick: () => void;
}

function HelpButton({ label, expanded, onPrepare, onClick, ...target }: HelpButtonProps) {
  const { t } = useTranslation();
  return (
    <ActionIcon
      className="help"
      variant="default"
      size={24}
      radius="xl"
      aria-label={t('help.about', { what: label })}
      {...(expanded === undefined ? {} : { 'aria-haspopup': 'dialog', 'aria-expanded': expanded })}
      {...target}
      onPointerEnter={onPrepare}
      onFocus={onPrepare}
      onClick={onClick}
    >
      ?
    </ActionIcon>
  );
}
