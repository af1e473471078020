/** A path, an id or the like, which a click copies. */
import { ActionIcon, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { copyText } from '../lib/copy-text.ts';
import { CopyIcon, DoneIcon } from './icons.tsx';

/** How long it says that the text was copied. */
const SHOWN_MS = 2_000;

export function useCopy(text: string) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return {
    copied,
    copy: () =>
      void copyText(text).then(
        () => setCopied(true),
        () => {},
      ),
  };
}

interface CopyableProps {
  readonly text: string;
  /** What is shown in its place. */
  readonly children?: ReactNode;
}

export function Copyable({ text, children = text }: CopyableProps) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy(text);
  return (
    <span className="copyable">
      <span>{children}</span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={24}
        aria-label={t('action.copy.what', { what: text })}
        title={t(copied ? 'action.copied' : 'action.copy')}
        onClick={copy}
      >
        {copied ? <DoneIcon size={14} /> : <CopyIcon size={14} />}
      </ActionIcon>
      <VisuallyHidden role="status">{copied && t('action.copied')}</VisuallyHidden>
    </span>
  );
}
