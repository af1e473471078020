/** Asks for a deletion, or says why there can be none now. */
import { Button } from '@mantine/core';
import { useTranslation } from '../i18n/provider.tsx';

interface DeleteButtonProps {
  /** Why the server would refuse it; undefined: it would not. */
  readonly refusal: string | undefined;
  readonly onClick: () => void;
}

export function DeleteButton({ refusal, onClick }: DeleteButtonProps) {
  const { t } = useTranslation();
  const isRefused = refusal !== undefined;
  return (
    <Button
      variant="default"
      c={isRefused ? undefined : 'var(--mantine-color-error)'}
      // Not `disabled`: the keyboard and screen readers find the reason, too.
      data-disabled={isRefused || undefined}
      aria-disabled={isRefused || undefined}
      title={refusal}
      onClick={isRefused ? undefined : onClick}
    >
      {t('action.delete')}
    </Button>
  );
}
