/** What few exports need, at the end of the form, folded. */
import { Stack } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';
import { HoldOutFields, hasHoldOut } from './hold-out-fields.tsx';
import type { ExportForm } from './use-export-form.ts';

export function MoreOptions({ form }: { form: ExportForm }) {
  return (
    <Fold isUsed={hasHoldOut(form)}>
      <HoldOutFields form={form} />
    </Fold>
  );
}

interface FoldProps {
  /** Whether a field in it has a value or an error: then it is open. */
  readonly isUsed: boolean;
  readonly children: ReactNode;
}

function Fold({ isUsed, children }: FoldProps) {
  const { t } = useTranslation();
  const [isUnfolded, setUnfolded] = useState(false);
  const isOpen = isUnfolded || isUsed;
  return (
    <details className="fold" open={isOpen} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary>{t('form.more')}</summary>
      {isOpen && (
        <Stack gap="md" mt="md">
          {children}
        </Stack>
      )}
    </details>
  );
}
