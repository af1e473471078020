/** Asks before a change that lets people back into live audiences, and says how many. */
import type { LetIn } from '../../src/contracts/let-in.ts';
import { localized } from '../../src/contracts/sentence.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { Confirm } from './confirm.tsx';

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
