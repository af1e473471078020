/** The window of `Dialog`, and what is loaded with it. */
import { Modal as Library } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/provider.tsx';

export { Question } from './question.tsx';

interface ModalProps {
  readonly title: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Modal({ children, ...props }: ModalProps) {
  const { t } = useTranslation();
  return (
    <Library
      {...props}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {children}
    </Library>
  );
}
