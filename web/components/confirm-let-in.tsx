/** Asks before a change that lets people back into live audiences, and says how many. */
import { useState } from 'react';
import type { LetIn } from '../../src/domain/jobs/let-in.ts';
import { localized } from '../../src/domain/text/sentence.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { Confirm } from './confirm.tsx';

/**
 * Whether a person is being asked. The reason to ask may go meanwhile, for example with the job that the change is
 * about. Then the dialog is gone, and another reason must not open it again.
 */
export function useAsking(letIn: LetIn | undefined): [boolean, (asking: boolean) => void] {
  const [asking, setAsking] = useState(false);
  if (asking && !letIn) setAsking(false);
  return [asking, setAsking];
}

interface ConfirmLetInProps {
  /** What the change does; undefined while nothing is asked. */
  readonly letIn: LetIn | undefined;
  readonly onClose: () => void;
  /** @param members what the person has seen */
  readonly onConfirm: (members: number) => Promise<unknown>;
}

export function ConfirmLetIn({ letIn, onClose, onConfirm }: ConfirmLetInProps) {
  const { t, translate } = useTranslation();
  return (
    <Confirm
      opened={letIn !== undefined}
      onClose={onClose}
      title={t('letIn.title')}
      action={t('action.save')}
      onConfirm={async () => letIn && onConfirm(letIn.members)}
    >
      {letIn && translate(localized(letIn.what))}
    </Confirm>
  );
}
