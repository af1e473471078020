/** The window of `Dialog`. */
import { Modal as Library } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/provider.tsx';

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
